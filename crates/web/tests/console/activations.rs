//! The room `activations`.
