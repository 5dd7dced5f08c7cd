//! A table of configuration keys: from one list of doc comments come parsing, environment names and the reference.
//!
//! Invariant: a key exists once, in its table; its doc comment is its documentation.
//! Deliberately not here: the tables (`keys`, `office_keys`), precedence (`layers`) and the syntax of the file (`file`).

/// One row of the reference table.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// Dotted name, as in the file.
    pub name: &'static str,
    /// What values look like.
    pub kind: &'static str,
    /// Text of the default; empty when there is none.
    pub default: &'static str,
    /// Lines of documentation.
    pub doc: &'static [&'static str],
}

/// All keys of one kind of service.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    /// Name of the file in the data folder.
    pub file: &'static str,
    /// What names of environment variables begin with.
    pub prefix: &'static str,
    /// The keys, in the order of the reference page.
    pub keys: &'static [Key],
}

impl Table {
    /// Name of a key's environment variable: `tls.key` -> `TENURE_TLS_KEY`.
    pub fn environment(&self, key: &Key) -> String {
        format!("{}{}", self.prefix, key.name.replace('.', "_").to_uppercase())
    }
}

macro_rules! settings {
    ($settings:ident: $( $(#[doc = $doc:literal])+ $name:literal $field:ident: $kind:ty = $default:literal; )+) => {
        /// The whole configuration, every value usable as it is.
        #[derive(Debug, Clone)]
        pub struct $settings {
            $( $(#[doc = $doc])+ pub $field: $kind, )+
        }

        /// All keys, in the order of the reference page.
        pub const KEYS: &[$crate::settings::table::Key] = &[
            $( $crate::settings::table::Key {
                name: $name,
                kind: <$kind as $crate::settings::value::Value>::TYPE,
                default: $default,
                doc: &[$($doc),+],
            }, )+
        ];

        impl $settings {
            /// Takes each value from the strongest layer that has it, else the default.
            ///
            /// # Errors
            /// A value can't be parsed; the message says where it stands.
            pub fn resolve(
                layers: &$crate::settings::layers::Layers,
            ) -> Result<$settings, $crate::exit::Failure> {
                Ok($settings { $( $field: layers.value($name, $default)?, )+ })
            }
        }
    };
}

pub(super) use settings;
