//! What models say: faults with their places, and what the rules give to whom.

mod model {
    mod faults;
    mod judging;
}
