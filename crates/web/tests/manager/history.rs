//! The room `history`.
