//! One way in which a value of the vocabulary is text: the same on the wire, in a row and in XML.

/// Implements serde (as a string) and, with the `sea-orm` feature, a text column for a type that has `Display` and `FromStr`.
macro_rules! text_value {
    ($name:ty, $max:literal) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        #[cfg(feature = "sea-orm")]
        crate::text::text_column!($name, $max);
    };
}

/// A text column: only for types with `Display` and `FromStr`.
#[cfg(feature = "sea-orm")]
macro_rules! text_column {
    ($name:ty, $max:literal) => {
        impl From<$name> for sea_orm::Value {
            fn from(value: $name) -> Self {
                value.to_string().into()
            }
        }

        impl sea_orm::TryGetable for $name {
            fn try_get_by<I: sea_orm::ColIdx>(row: &sea_orm::QueryResult, index: I) -> Result<Self, sea_orm::TryGetError> {
                let text = String::try_get_by(row, index)?;
                text.parse::<$name>().map_err(|error| sea_orm::TryGetError::DbErr(sea_orm::DbErr::Type(error.to_string())))
            }
        }

        impl sea_orm::sea_query::ValueType for $name {
            fn try_from(value: sea_orm::Value) -> Result<Self, sea_orm::sea_query::ValueTypeErr> {
                <String as sea_orm::sea_query::ValueType>::try_from(value)?.parse().map_err(|_| sea_orm::sea_query::ValueTypeErr)
            }

            fn type_name() -> String {
                stringify!($name).to_owned()
            }

            fn array_type() -> sea_orm::sea_query::ArrayType {
                sea_orm::sea_query::ArrayType::String
            }

            fn column_type() -> sea_orm::sea_query::ColumnType {
                sea_orm::sea_query::ColumnType::String(sea_orm::sea_query::StringLen::N($max))
            }
        }

        impl sea_orm::sea_query::Nullable for $name {
            fn null() -> sea_orm::Value {
                <String as sea_orm::sea_query::Nullable>::null()
            }
        }

        impl sea_orm::TryFromU64 for $name {
            fn try_from_u64(_: u64) -> Result<Self, sea_orm::DbErr> {
                Err(sea_orm::DbErr::ConvertFromU64(stringify!($name)))
            }
        }
    };
}

#[cfg(feature = "sea-orm")]
pub(crate) use text_column;
pub(crate) use text_value;

/// A 64-bit integer column for a newtype over `i64`.
macro_rules! integer_column {
    ($name:ident) => {
        #[cfg(feature = "sea-orm")]
        const _: () = {
            impl From<$name> for sea_orm::Value {
                fn from(value: $name) -> Self {
                    value.0.into()
                }
            }

            impl sea_orm::TryGetable for $name {
                fn try_get_by<I: sea_orm::ColIdx>(row: &sea_orm::QueryResult, index: I) -> Result<Self, sea_orm::TryGetError> {
                    i64::try_get_by(row, index).map($name)
                }
            }

            impl sea_orm::sea_query::ValueType for $name {
                fn try_from(value: sea_orm::Value) -> Result<Self, sea_orm::sea_query::ValueTypeErr> {
                    <i64 as sea_orm::sea_query::ValueType>::try_from(value).map($name)
                }

                fn type_name() -> String {
                    stringify!($name).to_owned()
                }

                fn array_type() -> sea_orm::sea_query::ArrayType {
                    sea_orm::sea_query::ArrayType::BigInt
                }

                fn column_type() -> sea_orm::sea_query::ColumnType {
                    sea_orm::sea_query::ColumnType::BigInteger
                }
            }

            impl sea_orm::sea_query::Nullable for $name {
                fn null() -> sea_orm::Value {
                    <i64 as sea_orm::sea_query::Nullable>::null()
                }
            }

            impl sea_orm::TryFromU64 for $name {
                fn try_from_u64(value: u64) -> Result<Self, sea_orm::DbErr> {
                    i64::try_from_u64(value).map($name)
                }
            }
        };
    };
}

/// An enum whose values are texts: `Display`, `FromStr`, serde and a column from one list.
macro_rules! text_enum {
    ($(#[$doc:meta])* pub enum $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$vdoc])* $variant,)* }

        impl $name {
            /// Every value, in the order of the list.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The text on the wire, in the row and in the document.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;
            fn from_str(text: &str) -> Result<Self, String> {
                match text {
                    $($text => Ok(Self::$variant),)*
                    _ => Err(format!("'{text}' is not one of: {}", [$($text),*].join(", "))),
                }
            }
        }

        crate::text::text_value!($name, 32);
    };
}

pub(crate) use integer_column;
pub(crate) use text_enum;
