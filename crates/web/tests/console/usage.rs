//! The room `usage`.
