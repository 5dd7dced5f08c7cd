//! The room `denials`.
