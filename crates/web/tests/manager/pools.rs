//! The room `pools`.
