//! UBJSON as a serde format, as XGBoost writes it: containers may state their type and size.
//!
//! Nothing is allocated by a size that the file states before as many bytes are there.

use std::fmt;

use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor,
};
use serde::forward_to_deserialize_any;

/// How deep containers may lie in each other.
const DEEPEST: u32 = 64;

/// Reads one value that fills all bytes.
pub fn from_slice<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    let mut reader = Reader {
        bytes,
        at: 0,
        depth: 0,
    };
    let value = T::deserialize(Value {
        reader: &mut reader,
        marker: None,
    })?;
    match reader.at == bytes.len() {
        true => Ok(value),
        false => Err(Error::custom(format!(
            "{} bytes follow the value",
            bytes.len() - reader.at
        ))),
    }
}

#[derive(Debug)]
pub struct Error {
    what: String,
    /// The bytes end too early.
    pub is_eof: bool,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for Error {}

impl serde::de::Error for Error {
    fn custom<T: fmt::Display>(what: T) -> Self {
        Error {
            what: what.to_string(),
            is_eof: false,
        }
    }
}

struct Reader<'de> {
    bytes: &'de [u8],
    at: usize,
    depth: u32,
}

impl<'de> Reader<'de> {
    fn take(&mut self, count: usize) -> Result<&'de [u8], Error> {
        let taken = self.bytes[self.at..].get(..count).ok_or(Error {
            what: "the bytes end too early".into(),
            is_eof: true,
        })?;
        self.at += count;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        Ok(self.take(N)?.try_into().expect("as many bytes as taken"))
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// The next marker; no-ops are nothing.
    fn marker(&mut self) -> Result<u8, Error> {
        loop {
            match self.array::<1>()? {
                [b'N'] => {}
                [marker] => return Ok(marker),
            }
        }
    }

    fn unexpected(&self, marker: u8) -> Error {
        Error::custom(format!(
            "the byte {marker:#04x} at {} begins no value",
            self.at.saturating_sub(1)
        ))
    }

    fn integer(&mut self, marker: u8) -> Result<i64, Error> {
        Ok(match marker {
            b'i' => i8::from_be_bytes(self.array()?).into(),
            b'U' => self.array::<1>()?[0].into(),
            b'I' => i16::from_be_bytes(self.array()?).into(),
            b'l' => i32::from_be_bytes(self.array()?).into(),
            b'L' => i64::from_be_bytes(self.array()?),
            other => return Err(self.unexpected(other)),
        })
    }

    fn size(&mut self) -> Result<usize, Error> {
        let marker = self.marker()?;
        let size = self.integer(marker)?;
        usize::try_from(size).map_err(|_| Error::custom(format!("a size is {size}")))
    }

    fn string(&mut self) -> Result<&'de str, Error> {
        let size = self.size()?;
        let bytes = self.take(size)?;
        std::str::from_utf8(bytes).map_err(|_| Error::custom("a text is no UTF-8"))
    }

    /// The optional `$type` and `#size` of a container.
    fn container(&mut self) -> Result<(Option<u8>, Option<usize>), Error> {
        let mut ty = None;
        if self.peek() == Some(b'$') {
            self.at += 1;
            let [marker] = self.array::<1>()?;
            // Values without bytes could claim any size.
            if matches!(marker, b'Z' | b'T' | b'F' | b'N') {
                return Err(self.unexpected(marker));
            }
            ty = Some(marker);
        }
        if self.peek() == Some(b'#') {
            self.at += 1;
            return Ok((ty, Some(self.size()?)));
        }
        match ty {
            Some(_) => Err(Error::custom("a container has a type and no size")),
            None => Ok((None, None)),
        }
    }

    fn deeper(&mut self) -> Result<(), Error> {
        self.depth += 1;
        match self.depth > DEEPEST {
            true => Err(Error::custom("containers lie too deep in each other")),
            false => Ok(()),
        }
    }
}

/// A value to come; its marker is known inside a container with a type.
struct Value<'a, 'de> {
    reader: &'a mut Reader<'de>,
    marker: Option<u8>,
}

impl<'de> Deserializer<'de> for Value<'_, 'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let reader = self.reader;
        let marker = match self.marker {
            Some(marker) => marker,
            None => reader.marker()?,
        };
        match marker {
            b'Z' => visitor.visit_unit(),
            b'T' => visitor.visit_bool(true),
            b'F' => visitor.visit_bool(false),
            b'd' => visitor.visit_f32(f32::from_be_bytes(reader.array()?)),
            b'D' => visitor.visit_f64(f64::from_be_bytes(reader.array()?)),
            b'S' => visitor.visit_borrowed_str(reader.string()?),
            b'C' => visitor.visit_char(reader.array::<1>()?[0].into()),
            b'[' | b'{' => {
                reader.deeper()?;
                let (ty, left) = reader.container()?;
                let mut items = Items { reader, ty, left };
                let value = match marker {
                    b'[' => visitor.visit_seq(&mut items)?,
                    _ => visitor.visit_map(&mut items)?,
                };
                items.reader.depth -= 1;
                Ok(value)
            }
            other => visitor.visit_i64(reader.integer(other)?),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.marker.is_none() && self.reader.peek() == Some(b'Z') {
            self.reader.at += 1;
            return visitor.visit_none();
        }
        visitor.visit_some(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// What is left of a container: so many items, or up to its end mark.
struct Items<'a, 'de> {
    reader: &'a mut Reader<'de>,
    ty: Option<u8>,
    left: Option<usize>,
}

impl Items<'_, '_> {
    fn has_next(&mut self, end: u8) -> Result<bool, Error> {
        match &mut self.left {
            Some(0) => Ok(false),
            Some(left) => {
                *left -= 1;
                Ok(true)
            }
            None if self.reader.peek() == Some(end) => {
                self.reader.at += 1;
                Ok(false)
            }
            None => Ok(true),
        }
    }
}

impl<'de> SeqAccess<'de> for &mut Items<'_, 'de> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Error> {
        if !self.has_next(b']')? {
            return Ok(None);
        }
        let value = Value {
            reader: self.reader,
            marker: self.ty,
        };
        seed.deserialize(value).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        // Every item has at least one byte.
        let bytes = self.reader.bytes.len() - self.reader.at;
        self.left.map(|left| left.min(bytes))
    }
}

impl<'de> MapAccess<'de> for &mut Items<'_, 'de> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Error> {
        if !self.has_next(b'}')? {
            return Ok(None);
        }
        let key = self.reader.string()?;
        seed.deserialize(serde::de::value::BorrowedStrDeserializer::new(key))
            .map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        seed.deserialize(Value {
            reader: self.reader,
            marker: self.ty,
        })
    }
}
