//! The places of a row as `kaon_place` has them, and what each adds.

/// A row's parameters.
#[derive(Debug)]
pub struct Row {
    pub width: u32,
    places: Vec<Place>,
    carry_in: bool,
    save_in: bool,
}

/// What is added at one place, and how.
#[derive(Debug, Clone, Copy, Default)]
pub struct Place {
    pub used: [bool; 3],
    pub inverted: [bool; 3],
    constant: bool,
    shared: bool,
    /// A second carry is made, by the place's own LUT where it is routed.
    save: bool,
    routed: bool,
}

/// The low bits, all set.
pub fn bits(count: u32) -> u128 {
    match count {
        0 => 0,
        count => u128::MAX >> (128 - count.min(128)),
    }
}

fn majority(of: [bool; 3]) -> bool {
    of.into_iter().filter(|bit| *bit).count() >= 2
}

fn odd(of: [bool; 3]) -> bool {
    of[0] ^ of[1] ^ of[2]
}

impl Place {
    /// The bits it adds, of bits at its pins.
    fn added(&self, pins: [bool; 3]) -> [bool; 3] {
        let bit = |at: usize| match self.used[at] {
            true => pins[at] ^ self.inverted[at],
            false => at == 2 && self.constant,
        };
        [bit(0), bit(1), bit(2)]
    }
}

impl Row {
    /// `None` where a parameter is unknown, missing or no number.
    pub fn read(parameters: &[(String, String)]) -> Option<Row> {
        let number = |name: &str| {
            let found = parameters.iter().find(|(own, _)| own == name);
            found.map_or(Some(0), |(_, text)| value(text))
        };
        const KNOWN: [&str; 14] = [
            "WIDTH", "CARRY", "A_USED", "B_USED", "C_USED", "A_INVERT", "B_INVERT", "C_INVERT",
            "CONSTANT", "CARRY_IN", "SAVE_IN", "SHARED", "SAVE", "ROUTED",
        ];
        if parameters
            .iter()
            .any(|(name, _)| !KNOWN.contains(&name.as_str()))
        {
            return None;
        }
        let width = u32::try_from(number("WIDTH")?).ok()?;
        if !(1..=128).contains(&width) {
            return None;
        }
        let used = [number("A_USED")?, number("B_USED")?, number("C_USED")?];
        let inverted = [
            number("A_INVERT")?,
            number("B_INVERT")?,
            number("C_INVERT")?,
        ];
        let [constant, shared, save, routed] = ["CONSTANT", "SHARED", "SAVE", "ROUTED"].map(number);
        let (constant, shared, save, routed) = (constant?, shared?, save?, routed?);
        let place = |at: u32| {
            let bit = |mask: u128| mask >> at & 1 == 1;
            Place {
                used: used.map(bit),
                inverted: inverted.map(bit),
                constant: bit(constant),
                shared: bit(shared) && at > 0,
                save: bit(save),
                routed: bit(routed),
            }
        };
        Some(Row {
            width,
            places: (0..width).map(place).collect(),
            carry_in: number("CARRY_IN")? != 0,
            save_in: number("SAVE_IN")? != 0,
        })
    }

    /// Whether the last place's bit is the carry out of the place below.
    fn ends(&self) -> bool {
        let last = self.places.len() - 1;
        last > 0
            && !self.places[last].used[0]
            && !self.places[last].constant
            && !self.places[last - 1].save
    }

    /// The place whose bits stand at a place: another where they are shared.
    pub fn base(&self, at: u32) -> u32 {
        let ends = self.ends() && at + 1 == self.width;
        let mut base = at as usize;
        while !ends && self.places[base].shared {
            base -= 1;
        }
        base as u32
    }

    /// What a place adds; nothing where it is the carry out.
    pub fn effective(&self, at: u32) -> Option<&Place> {
        let ends = self.ends() && at + 1 == self.width;
        (!ends).then(|| &self.places[self.base(at) as usize])
    }

    /// All that is added besides the operands, modulo the row's width.
    pub fn constant(&self) -> u128 {
        let places = (0..self.width).filter_map(|at| Some((at, self.effective(at)?)));
        let set = places.filter(|(_, place)| place.constant && !place.used[2]);
        let constant = set.fold(0, |sum, (at, _)| sum | 1u128 << at);
        let carries = u128::from(self.carry_in) + u128::from(self.save_in);
        constant.wrapping_add(carries) & bits(self.width)
    }

    /// Whether the cells add what the places say. The error is a place where they do not.
    pub fn check(&self) -> Result<(), usize> {
        let places = self.places.len();
        let chain = places - usize::from(self.ends());
        for at in 0..chain {
            let holds = match self.places[at].shared {
                true => self.shares(at),
                false => self.adds(at),
            };
            if !holds {
                return Err(at);
            }
        }
        // Where the carry out ends the row, nothing is added at the last place.
        if chain < places && self.places[chain].used != [false; 3] {
            return Err(chain);
        }
        Ok(())
    }

    /// A shared place repeats S and DI of the place below, so it adds the same bits if there
    /// are no second carries around.
    fn shares(&self, at: usize) -> bool {
        let base = self.base(at as u32) as usize;
        let saves = (base.saturating_sub(1)..=at).any(|at| self.places[at].save);
        !(saves || base == 0 && self.save_in)
    }

    fn adds(&self, at: usize) -> bool {
        let place = &self.places[at];
        let below = match at {
            0 => Place::default(),
            _ => self.places[at - 1],
        };
        let lut = Lut {
            place: *place,
            below,
            save_in: at == 0 && self.save_in,
        };
        let bit = |pattern: u32, at: u32| pattern >> at & 1 == 1;
        (0..128).all(|pattern| {
            let pins = [0, 1, 2].map(|at| bit(pattern, at));
            let pins_below = [3, 4, 5].map(|at| bit(pattern, at));
            let carry = bit(pattern, 6);
            let second = majority(below.added(pins_below));
            // The place below was checked: what it routes is its second carry.
            let (s, di, save) = lut.outputs(pins, pins_below, below.save && below.routed && second);
            let added = place.added(pins);
            let found = match below.save {
                true => second,
                false => lut.save_in,
            };
            let expected: u32 = added.into_iter().chain([found, carry]).map(u32::from).sum();
            let saved = place.save && majority(added);
            let carry_out = if s { carry } else { di };
            let given = u32::from(s ^ carry) + 2 * u32::from(carry_out) + 2 * u32::from(saved);
            // What the last place carries on leaves the row.
            match at + 1 == self.places.len() {
                true => given % 2 == expected % 2,
                false => given == expected && save == (place.routed && majority(added)),
            }
        })
    }
}

/// One place's LUT, as the parameters of `kaon_place` make it.
struct Lut {
    place: Place,
    below: Place,
    save_in: bool,
}

impl Lut {
    /// S, DI and the second carry.
    fn outputs(
        &self,
        pins: [bool; 3],
        pins_below: [bool; 3],
        save_below: bool,
    ) -> (bool, bool, bool) {
        let Place {
            used,
            inverted,
            constant,
            save,
            routed,
            ..
        } = self.place;
        let below = &self.below;
        let from_lut = below.save && below.routed;
        let local = below.save && !below.routed;
        let both = local || routed || (used[1] && inverted[0] && !save);
        let lut = both || used[1] || (used[0] && from_lut);
        let [p0, p1, p2] = pins;
        let [b0, b1, b2] = pins_below;
        let wired = match (local, used[2]) {
            (false, _) => [p0, p1, p2, from_lut && save_below, false],
            (true, true) => [p0, p1, p2, b0, b1],
            (true, false) => [p0, p1, b0, b1, b2],
        };
        let (s, o5) = if both || used[2] || (from_lut && lut) {
            (self.o6(wired), self.o5(wired))
        } else if lut {
            // A LUT of two inputs: the first four entries.
            (self.o6([p0, p1, false, false, false]), false)
        } else {
            let flip = constant ^ self.save_in ^ (used[0] && inverted[0]);
            let bit = if used[0] { p0 } else { from_lut && save_below };
            (bit ^ flip, false)
        };
        let di = if local {
            o5
        } else if from_lut {
            save_below
        } else if self.save_in {
            true
        } else if save {
            false
        } else if used[1] && inverted[0] {
            o5
        } else if used[1] {
            p0
        } else {
            constant
        };
        (s, di, routed && o5)
    }

    fn o6(&self, inputs: [bool; 5]) -> bool {
        odd(self.own(inputs)) ^ self.found(inputs)
    }

    fn o5(&self, inputs: [bool; 5]) -> bool {
        if self.below.save && !self.below.routed {
            self.found(inputs)
        } else if self.place.routed {
            majority(self.own(inputs))
        } else {
            self.own(inputs)[0]
        }
    }

    /// X, Y and Z.
    fn own(&self, [i0, i1, i2, ..]: [bool; 5]) -> [bool; 3] {
        self.place.added([i0, i1, i2])
    }

    /// The second carry of the place below.
    fn found(&self, [_, _, i2, i3, i4]: [bool; 5]) -> bool {
        let Lut { place, below, .. } = self;
        match below.save {
            true if below.routed => i3,
            true if place.used[2] => majority(below.added([i3, i4, i4])),
            true => majority(below.added([i2, i3, i4])),
            false => self.save_in,
        }
    }
}

/// Whether the two outputs of a LUT of `kaon_clamp` are two bits of a clamped value.
pub fn clamp_holds() -> bool {
    const INIT: u64 = 0x0000_fffc_0000_fffa;
    (0..32u32).all(|pattern| {
        let bit = |at: u32| pattern >> at & 1 == 1;
        let clamped = |value: bool| (value || bit(2) || bit(3)) && !bit(4);
        let low = INIT >> pattern & 1 == 1;
        let high = INIT >> (32 + pattern) & 1 == 1;
        low == clamped(bit(0)) && high == clamped(bit(1))
    })
}

/// A number of Verilog: `17`, `17'h1f`.
pub fn value(text: &str) -> Option<u128> {
    match text.split_once("'h") {
        Some((_, digits)) => u128::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}
