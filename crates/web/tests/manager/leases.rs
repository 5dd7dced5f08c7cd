//! The room `leases`.
