//! The room `devices`.
