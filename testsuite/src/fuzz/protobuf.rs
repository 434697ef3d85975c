//! Mutations of protobuf messages without their schema: bytes that read as a message whole
//! are taken for one.

use super::mutate::{float, number};
use crate::random_fx::Random;

#[derive(Clone, Debug)]
struct Field {
    number: u64,
    value: Value,
}

#[derive(Clone, Debug)]
enum Value {
    Varint(u64),
    Fixed64([u8; 8]),
    Fixed32([u8; 4]),
    Bytes(Vec<u8>),
    Message(Vec<Field>),
}

/// Messages within messages beyond this depth stay bytes.
const DEPTH: usize = 10;

pub fn mutate(input: &mut Vec<u8>, random: &mut Random) {
    let Some(mut fields) = read(input, 0) else {
        // Damaged already: one more cut, so that the message can become whole again.
        let at = random.below(input.len().max(1));
        input.truncate(at);
        return;
    };
    let mut strings = vec![];
    names(&fields, &mut strings);
    let place = random.below(count(&fields).max(1));
    change(&mut fields, place, &strings, random);
    input.clear();
    write(&fields, input);
}

fn count(fields: &[Field]) -> usize {
    let inner = fields.iter().map(|field| match &field.value {
        Value::Message(inner) => 1 + count(inner),
        _ => 1,
    });
    inner.sum()
}

fn names(fields: &[Field], found: &mut Vec<Vec<u8>>) {
    for field in fields {
        match &field.value {
            Value::Message(inner) => names(inner, found),
            Value::Bytes(bytes) if bytes.len() < 40 && bytes.is_ascii() => {
                found.push(bytes.clone());
            }
            _ => {}
        }
    }
}

/// Changes the field at `place`, counted depth first; what is left to count otherwise.
fn change(
    fields: &mut Vec<Field>,
    mut place: usize,
    strings: &[Vec<u8>],
    random: &mut Random,
) -> Option<usize> {
    for at in 0..fields.len() {
        if place == 0 {
            change_field(fields, at, strings, random);
            return None;
        }
        place -= 1;
        if let Value::Message(inner) = &mut fields[at].value {
            place = change(inner, place, strings, random)?;
        }
    }
    Some(place)
}

fn change_field(fields: &mut Vec<Field>, at: usize, strings: &[Vec<u8>], random: &mut Random) {
    match random.below(10) {
        0 => _ = fields.remove(at),
        1 => {
            let copy = fields[at].clone();
            for _ in 0..=random.below(3) {
                fields.insert(at, copy.clone());
            }
        }
        2 => {
            let other = random.below(fields.len());
            fields.swap(at, other);
        }
        3 => fields[at].number = 1 + random.below(26) as u64,
        4 => {
            // The value of a neighbour: of the same type often, of another sometimes.
            let other = random.below(fields.len());
            fields[at].value = fields[other].value.clone();
        }
        _ => change_value(&mut fields[at].value, strings, random),
    }
}

fn change_value(value: &mut Value, strings: &[Vec<u8>], random: &mut Random) {
    match value {
        Value::Varint(value) => *value = number(random) as u64,
        Value::Fixed64(bytes) => *bytes = f64::from(float(random)).to_le_bytes(),
        Value::Fixed32(bytes) => *bytes = float(random).to_le_bytes(),
        Value::Message(inner) => {
            let copy = Field {
                number: 1 + random.below(14) as u64,
                value: Value::Message(inner.clone()),
            };
            match random.below(3) {
                0 => inner.clear(),
                1 => inner.push(copy),
                _ => {
                    for _ in 0..random.below(120) {
                        let number = copy.number;
                        let value = Value::Message(std::mem::take(inner));
                        inner.push(Field { number, value });
                    }
                }
            }
        }
        Value::Bytes(bytes) => match random.below(5) {
            0 if !strings.is_empty() => *bytes = strings[random.below(strings.len())].clone(),
            1 => {
                let element = random.below(bytes.len() / 4 + 1) * 4;
                let value = float(random).to_le_bytes();
                bytes.splice(element..(element + 4).min(bytes.len()).max(element), value);
            }
            2 => {
                let element = random.below(bytes.len() / 8 + 1) * 8;
                let value = number(random).to_le_bytes();
                bytes.splice(element..(element + 8).min(bytes.len()).max(element), value);
            }
            3 => bytes.truncate(random.below(bytes.len() + 1)),
            _ => {
                let more = bytes.clone();
                bytes.extend(more.iter().take(1 << 12));
            }
        },
    }
}

fn read(mut bytes: &[u8], depth: usize) -> Option<Vec<Field>> {
    let mut fields = vec![];
    while !bytes.is_empty() {
        let key = varint(&mut bytes)?;
        let number = key >> 3;
        if number == 0 || number > 1 << 20 {
            return None;
        }
        let value = match key & 7 {
            0 => Value::Varint(varint(&mut bytes)?),
            1 => Value::Fixed64(*take(&mut bytes, 8)?.first_chunk()?),
            5 => Value::Fixed32(*take(&mut bytes, 4)?.first_chunk()?),
            2 => {
                let length = usize::try_from(varint(&mut bytes)?).ok()?;
                let inner = take(&mut bytes, length)?;
                let text = inner.iter().all(|byte| byte.is_ascii_graphic());
                match read(inner, depth + 1).filter(|_| !text && depth < DEPTH) {
                    Some(inner) => Value::Message(inner),
                    None => Value::Bytes(inner.to_vec()),
                }
            }
            _ => return None,
        };
        fields.push(Field { number, value });
    }
    Some(fields)
}

fn take<'a>(bytes: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (head, rest) = bytes.split_at_checked(count)?;
    *bytes = rest;
    Some(head)
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let byte = take(bytes, 1)?[0];
        value |= u64::from(byte & 127) << shift;
        if byte < 128 {
            return Some(value);
        }
    }
    None
}

fn write(fields: &[Field], out: &mut Vec<u8>) {
    for Field { number, value } in fields {
        let mut key = |wire| put(number << 3 | wire, out);
        match value {
            Value::Varint(value) => {
                key(0);
                put(*value, out);
            }
            Value::Fixed64(bytes) => {
                key(1);
                out.extend(bytes);
            }
            Value::Fixed32(bytes) => {
                key(5);
                out.extend(bytes);
            }
            Value::Bytes(bytes) => {
                key(2);
                put(bytes.len() as u64, out);
                out.extend(bytes);
            }
            Value::Message(inner) => {
                let mut bytes = vec![];
                write(inner, &mut bytes);
                key(2);
                put(bytes.len() as u64, out);
                out.extend(bytes);
            }
        }
    }
}

fn put(mut value: u64, out: &mut Vec<u8>) {
    while value >= 128 {
        out.push(value as u8 | 128);
        value >>= 7;
    }
    out.push(value as u8);
}
