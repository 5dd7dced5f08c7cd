//! The room `client_keys`.
