//! The room `webhooks`.
