//! What models say: faults with their places, what the rules give to whom, and the usual form of a text.

mod script;

mod model {
    mod checking;
    mod documented;
    mod faults;
    mod formatting;
    mod judging;
    mod laws;
    mod written;
}
