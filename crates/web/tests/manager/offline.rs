//! The room `offline`.
