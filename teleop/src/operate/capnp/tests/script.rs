//! [`Script`]: what a client does, step by step, as any bytes have it.

/// What a client does next.
pub(super) enum Step {
    /// It says something.
    Say(Vec<u8>),
    /// It lets the server do what it can.
    Wait,
    /// It reads nothing for now.
    Hold,
    /// It reads everything.
    Read,
    /// It is gone.
    Leave,
}

/// Bytes, as decisions.
pub(super) struct Script<'a>(&'a [u8]);

impl<'a> Script<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The next step, and which client takes it.
    pub(super) fn step(&mut self) -> Option<(usize, Step)> {
        let (choice, rest) = self.0.split_first()?;
        self.0 = rest;
        let step = match choice & 0x7f {
            0..=15 => Step::Wait,
            16..=19 => Step::Hold,
            20..=23 => Step::Read,
            24 => Step::Leave,
            25..=34 => Step::Say(self.bytes().to_vec()),
            35..=44 => {
                let mut message = super::said::message(self);
                self.damage(&mut message);
                Step::Say(message)
            }
            _ => Step::Say(super::said::message(self)),
        };
        Some((usize::from(choice >> 7), step))
    }

    /// Zero where there are no more.
    pub(super) fn byte(&mut self) -> u8 {
        let Some((byte, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        *byte
    }

    /// A number below another.
    pub(super) fn below(&mut self, most: usize) -> usize {
        usize::from(self.byte()) % most
    }

    pub(super) fn is(&mut self) -> bool {
        self.byte() & 1 != 0
    }

    /// Something that a question or a capability is known by: mostly one of a few.
    pub(super) fn id(&mut self) -> u32 {
        match self.byte() {
            small @ 0..=239 => u32::from(small % 12),
            _ => u32::from_le_bytes([0; 4].map(|_| self.byte())),
        }
    }

    /// Some of the bytes, as they are.
    pub(super) fn bytes(&mut self) -> &'a [u8] {
        let length = usize::from(self.byte()).min(self.0.len());
        let (bytes, rest) = self.0.split_at(length);
        self.0 = rest;
        bytes
    }

    fn damage(&mut self, message: &mut [u8]) {
        for _ in 0..=self.below(4) {
            let at = usize::from(u16::from_le_bytes([self.byte(), self.byte()]));
            let at = at % message.len().max(1);
            if let Some(byte) = message.get_mut(at) {
                *byte ^= self.byte();
            }
        }
    }
}
