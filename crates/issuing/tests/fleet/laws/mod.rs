//! Laws of the office over random plays with real containers: files lost, doubled, late, out of order; containers restored
//! from backups, lost, given up; orders, returns, withdrawals, extensions and replacements at any moment in between;
//! units carried between containers.
//!
//! Deliberately not here: single decisions (tables elsewhere).

mod books;
mod carried;
mod play;
mod quantity;
