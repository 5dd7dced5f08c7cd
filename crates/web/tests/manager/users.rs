//! The room `users`.
