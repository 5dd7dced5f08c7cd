//! The room `welcome`.
