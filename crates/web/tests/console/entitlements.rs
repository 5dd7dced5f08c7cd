//! The room `entitlements`.
