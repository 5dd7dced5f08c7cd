//! The room `containers`.
