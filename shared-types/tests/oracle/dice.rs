//! Random events: mostly what the model allows, some bent.

use std::collections::BTreeSet;

use super::model::{DAY, Event, Floors, Model, Party, What, is_words};

pub(crate) const N_DEVICES: u8 = 14;
pub(crate) const N_METHODS: u8 = 10;

/// Bytes that decide, one after the other; zeros when they run out.
pub(crate) struct Dice<'a> {
    rest: std::slice::Iter<'a, u8>,
}

impl<'a> Dice<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes.iter() }
    }

    fn below(&mut self, end: u8) -> u8 {
        self.rest.next().copied().unwrap_or(0) % end
    }

    /// True once in `n` throws; false when the dice are at their end.
    fn once_in(&mut self, n: u8) -> bool {
        self.below(n) == n - 1
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> Option<T> {
        let end = u8::try_from(from.len()).ok().filter(|end| *end > 0)?;
        let index = self.below(end);
        from.get(usize::from(index)).cloned()
    }

    pub(crate) fn genesis(&mut self) -> Event {
        let mut methods = BTreeSet::from([1, 4]);
        if self.once_in(2) {
            methods.insert(self.below(N_METHODS));
        }
        if self.once_in(2) {
            methods.insert(8);
        }
        if self.once_in(8) {
            methods.remove(&4);
        }
        if self.once_in(8) {
            methods.remove(&1);
        }
        let floors = Floors { least_methods: 2, suite: 1, envelope_version: 1, epoch_days: 14 };
        let floors = if self.once_in(8) { self.bent_floors(floors) } else { floors };
        let mut recipients: BTreeSet<Party> = methods.iter().map(|method| Party::Method(*method)).collect();
        recipients.insert(Party::Device(0));
        let mut signers = recipients.clone();
        signers.insert(Party::Founder);
        if self.once_in(12) {
            self.toggle(&mut recipients);
        }
        if self.once_in(12) {
            self.toggle(&mut signers);
        }
        let epoch = if self.once_in(12) { 2 } else { 1 };
        Event { what: What::Genesis { device: 0, methods, floors, epoch, recipients }, signers, time: 0 }
    }

    /// One to three events, with the rotation that they need, usually.
    pub(crate) fn group(&mut self, model: &Model) -> Vec<Event> {
        let mut model = model.clone();
        let mut group = Vec::new();
        let n_events = if self.once_in(4) { 2 } else { 1 };
        for _ in 0..n_events {
            let event = self.event(&model);
            model = model.forced(event.clone());
            group.push(event);
        }
        if model.is_due() && !self.once_in(10) {
            let what = self.advance(&model);
            group.push(self.signed(&model, what));
        }
        group
    }

    fn event(&mut self, model: &Model) -> Event {
        let what = self.what(model);
        self.signed(model, what)
    }

    fn what(&mut self, model: &Model) -> What {
        match self.below(16) {
            0 | 1 => What::AddDevice { device: self.device(model, Wanted::New), confirmed: true },
            2..=4 => What::AddDevice { device: self.device(model, Wanted::New), confirmed: false },
            5 | 6 => What::Confirm { device: self.device(model, Wanted::Unconfirmed) },
            7 => What::SignOut { device: self.device(model, Wanted::Active) },
            8 => What::Revoke { device: self.device(model, Wanted::Active) },
            9 | 10 => What::AddMethod { method: self.method(model, Wanted::New) },
            11 | 12 => What::RemoveMethod { method: self.method(model, Wanted::Active) },
            13 => self.advance(model),
            14 => What::SetPolicy { floors: self.bent_floors(model.floors()) },
            _ if self.once_in(2) => What::SharePin,
            _ => What::Checkpoint { heads: self.heads(model) },
        }
    }

    fn advance(&mut self, model: &Model) -> What {
        let mut recipients = model.recipients();
        if self.once_in(16) {
            self.toggle(&mut recipients);
        }
        let number = if self.once_in(16) { model.epoch() } else { model.epoch() + 1 };
        What::Advance { number, recipients, heads: self.heads(model) }
    }

    fn signed(&mut self, model: &Model, what: What) -> Event {
        let time = match self.below(8) {
            0 => model.last_time().saturating_sub(20 * DAY),
            1 | 2 => model.last_time() + 13 * DAY,
            3 => model.last_time() + 14 * DAY,
            4 => model.last_time() + 15 * DAY,
            _ => model.last_time() + 60,
        };
        let allowed = model.allowed_signers(&what, time);
        let mut signers = self.pick(&allowed).unwrap_or_default();
        let by_two_devices = matches!(&what, What::RemoveMethod { method } if is_words(*method)) && self.once_in(2);
        if by_two_devices {
            signers = self.some_of(&model.confirmed(), 2, &model.methods(), 1);
        } else if signers.is_empty() || self.once_in(4) {
            signers = self.mistaken(model, &what);
        }
        if self.once_in(12) {
            self.toggle(&mut signers);
        }
        Event { what, signers, time }
    }

    /// Signers of a shape that some rule allows, for a body that it may not allow.
    fn mistaken(&mut self, model: &Model, what: &What) -> BTreeSet<Party> {
        let (n_devices, n_methods) =
            [(1, 0), (0, 1), (1, 1), (1, 1), (0, 2), (2, 1), (2, 1), (2, 0)][usize::from(self.below(8))];
        let known = |was: &dyn Fn(u8) -> bool, end: u8| (0..end).filter(|number| was(*number)).collect::<Vec<u8>>();
        let was_there = self.once_in(3);
        let (devices, methods) = if was_there {
            (known(&|number| model.was_device(number), N_DEVICES), known(&|number| model.was_method(number), N_METHODS))
        } else {
            (model.devices(), model.methods())
        };
        let mut signers = self.some_of(&devices, n_devices, &methods, n_methods);
        match what {
            What::AddDevice { device, .. } if !self.once_in(8) => signers.insert(Party::Device(*device)),
            What::AddMethod { method } if !self.once_in(8) => signers.insert(Party::Method(*method)),
            What::RemoveMethod { method } if self.once_in(3) => signers.insert(Party::Method(*method)),
            _ => false,
        };
        signers
    }

    fn some_of(&mut self, devices: &[u8], n_devices: u8, methods: &[u8], n_methods: u8) -> BTreeSet<Party> {
        let mut some = BTreeSet::new();
        some.extend((0..n_devices).filter_map(|_| self.pick(devices)).map(Party::Device));
        some.extend((0..n_methods).filter_map(|_| self.pick(methods)).map(Party::Method));
        some
    }

    fn toggle(&mut self, parties: &mut BTreeSet<Party>) {
        let party = match self.below(9) {
            0 => Party::Founder,
            1..=4 => Party::Device(self.below(N_DEVICES)),
            _ => Party::Method(self.below(N_METHODS)),
        };
        if !parties.remove(&party) {
            parties.insert(party);
        }
    }

    fn device(&mut self, model: &Model, wanted: Wanted) -> u8 {
        let fitting: Vec<u8> = (0..N_DEVICES)
            .filter(|device| match wanted {
                Wanted::New => !model.was_device(*device),
                Wanted::Active => model.is_device_active(*device),
                Wanted::Unconfirmed => model.is_device_active(*device) && !model.was_confirmed(*device),
            })
            .collect();
        self.mostly(&fitting, N_DEVICES)
    }

    fn method(&mut self, model: &Model, wanted: Wanted) -> u8 {
        let fitting: Vec<u8> = (0..N_METHODS)
            .filter(|method| match wanted {
                Wanted::New => !model.was_method(*method),
                Wanted::Active | Wanted::Unconfirmed => model.is_method_active(*method),
            })
            .collect();
        // Words are few among the methods; without a second one no removal of words is ever good.
        let words: Vec<u8> = fitting.iter().copied().filter(|method| is_words(*method)).collect();
        if self.once_in(2) && !words.is_empty() {
            self.mostly(&words, N_METHODS)
        } else {
            self.mostly(&fitting, N_METHODS)
        }
    }

    fn mostly(&mut self, fitting: &[u8], end: u8) -> u8 {
        let any = self.below(end);
        if self.once_in(10) { any } else { self.pick(fitting).unwrap_or(any) }
    }

    fn heads(&mut self, model: &Model) -> BTreeSet<u8> {
        let n_heads = self.below(3);
        let known: Vec<u8> = (0..N_DEVICES).filter(|device| model.was_device(*device)).collect();
        (0..n_heads).map(|_| self.mostly(&known, N_DEVICES)).collect()
    }

    fn bent_floors(&mut self, floors: Floors) -> Floors {
        match self.below(12) {
            0 | 1 => Floors { epoch_days: floors.epoch_days - 1, ..floors },
            2 => Floors { least_methods: floors.least_methods + 1, ..floors },
            3 => Floors { least_methods: floors.least_methods - 1, ..floors },
            4 => Floors { epoch_days: floors.epoch_days + 1, ..floors },
            5 => Floors { suite: 2, ..floors },
            6 => Floors { envelope_version: 0, ..floors },
            7 => Floors { epoch_days: 1, ..floors },
            _ => floors,
        }
    }
}

#[derive(Clone, Copy)]
enum Wanted {
    New,
    Active,
    Unconfirmed,
}
