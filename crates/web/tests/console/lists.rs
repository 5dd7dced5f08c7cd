//! The room `lists`.
