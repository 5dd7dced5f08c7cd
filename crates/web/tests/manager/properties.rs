//! The room `properties`.
