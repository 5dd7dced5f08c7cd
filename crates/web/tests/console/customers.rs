//! The room `customers`.
