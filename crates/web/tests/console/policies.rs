//! The room `policies`.
