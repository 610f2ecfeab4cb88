//! A world for stories: several devices, each a whole client on its own disk and link, one relay, one clock, one tab
//! a device. Nothing happens but what a story lets happen, and time passes only when it says so.
//!
//! ```text
//! story ──intentions──► client ──calls──► link ──► relay
//!    ▲                     │                         (cut off, lost, refused, bent as the story wants)
//!    └──────── tab ◄─deltas┘
//! ```

#[path = "world/authenticator.rs"]
mod authenticator;
#[path = "world/clock.rs"]
mod clock;
#[path = "world/highlighter.rs"]
mod highlighter;
#[path = "world/on.rs"]
mod on;
#[path = "world/tab.rs"]
mod tab;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use client_core::client::{Client, Ended, Platform, TabId, TabMessage};
use client_core::intention::Intention;
use client_core::keys::seeded::SeededRng;
use client_core::relay::fake::{FakeLink, FakeRelay};
use client_core::store::memory::MemoryDisk;
use client_core::view::hand_over::FrameText;
use client_core::view::security::MemberAction;
use client_core::view::storage::BrowserStorage;
use client_core::view::{Delta, ScreenView};
use futures_channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures_util::future::{self, LocalBoxFuture};
use futures_util::{FutureExt, StreamExt};
use shared_types::ids::AccountId;
use shared_types::log::LogState;

pub(crate) use authenticator::{Authenticator, Mood};
use clock::Clock;
pub(crate) use highlighter::Highlighter;
pub(crate) use on::On;
pub(crate) use tab::Tab;

const START_MS: u64 = 1_700_000_000_000;
const TAB: TabId = TabId(1);
/// Longer than the longest wait between two tries.
const SETTLE_MS: u64 = 70_000;
/// A world that is still busy after so many rounds never comes to rest.
const MAX_ROUNDS: u32 = 200_000;

/// Everything that a story needs.
pub(crate) struct World {
    relay: FakeRelay,
    clock: Clock,
    highlighter: Highlighter,
    seed: u64,
    devices: BTreeMap<String, Device>,
}

/// One browser profile, and the client that runs in it now.
pub(crate) struct Device {
    disk: MemoryDisk,
    link: FakeLink,
    authenticator: Rc<RefCell<Authenticator>>,
    running: Option<Running>,
    pub(crate) tab: Tab,
    /// What the browser says that it keeps.
    browser: Rc<Cell<Option<BrowserStorage>>>,
    n_starts: u64,
}

struct Running {
    client: LocalBoxFuture<'static, Ended>,
    alarm: Arc<Alarm>,
    wants: UnboundedSender<TabMessage>,
    told: UnboundedReceiver<Delta>,
}

/// Remembers that a client has something to do.
struct Alarm(AtomicBool);

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl World {
    /// A relay without accounts.
    pub(crate) fn new() -> Self {
        Self::seeded(1)
    }

    /// The same for a seed of all randomness.
    pub(crate) fn seeded(seed: u64) -> Self {
        let relay = FakeRelay::honest(START_MS / 1000);
        Self { relay, clock: Clock::at(START_MS), highlighter: Highlighter::default(), seed, devices: BTreeMap::new() }
    }

    /// An account with these devices: the first signs up, the others join with the same passkey.
    pub(crate) fn with_devices<const N: usize>(names: [&str; N]) -> Self {
        Self::seeded_with_devices(1, names)
    }

    pub(crate) fn seeded_with_devices<const N: usize>(seed: u64, names: [&str; N]) -> Self {
        let mut world = Self::seeded(seed);
        let owner = Rc::new(RefCell::new(Authenticator::of("owner")));
        for (number, name) in names.into_iter().enumerate() {
            world.add_device(name, &owner);
            if number == 0 {
                world.on(name).sign_up();
            } else {
                world.on(name).sign_in();
            }
            world.settle();
        }
        world
    }

    /// The same, and the first device has confirmed all others.
    pub(crate) fn with_confirmed<const N: usize>(names: [&str; N]) -> Self {
        let mut world = Self::with_devices(names);
        let account = world.account(names[0]);
        for device in world.log(names[0]).devices().map(|device| device.part.id).collect::<Vec<_>>() {
            if world.log(names[0]).device(&device).is_some_and(|device| device.confirmed.is_none()) {
                world.on(names[0]).want(Intention::ChangeMember(device, MemberAction::Confirm));
            }
        }
        world.settle();
        assert!(world.log_of(account).devices().all(|device| device.confirmed.is_some()));
        world
    }

    /// The account log of a device's account, as the relay has it.
    pub(crate) fn log(&self, name: &str) -> LogState {
        self.log_of(self.account(name))
    }

    fn log_of(&self, account: AccountId) -> LogState {
        let entries = self.relay.stored_log(account);
        LogState::verify(account, entries.iter().map(Vec::as_slice)).expect("an honest relay stores a good log")
    }

    /// Several devices want the same in one moment.
    pub(crate) fn want_at_once(&mut self, names: &[&str], intention: impl Fn() -> Intention) {
        for name in names {
            self.device_mut(name).want(intention());
        }
        self.run();
    }

    /// A fresh browser profile with whoever's passkeys, started.
    pub(crate) fn add_device(&mut self, name: &str, authenticator: &Rc<RefCell<Authenticator>>) {
        let device = Device {
            disk: MemoryDisk::default(),
            link: self.relay.link(name),
            authenticator: Rc::clone(authenticator),
            running: None,
            tab: Tab::new(),
            browser: Rc::default(),
            n_starts: 0,
        };
        self.devices.insert(name.to_owned(), device);
        self.start(name);
    }

    /// A fresh browser profile of a person of their own.
    pub(crate) fn add_person(&mut self, name: &str) {
        self.add_device(name, &Rc::new(RefCell::new(Authenticator::of(name))));
    }

    /// A fresh browser profile with the passkeys of another device.
    pub(crate) fn add_device_like(&mut self, name: &str, other: &str) {
        let authenticator = Rc::clone(&self.device(other).authenticator);
        self.add_device(name, &authenticator);
    }

    /// Starts the client of a profile anew, with one tab.
    pub(crate) fn start(&mut self, name: &str) {
        let (clock, seed, highlighter) = (self.clock.clone(), self.seed, self.highlighter.clone());
        let device = self.device_mut(name);
        device.n_starts += 1;
        let number = u64::try_from(name.len()).expect("a name is short") * 1_000 + device.n_starts;
        let letters = name.bytes().fold(0, |sum, byte| sum * 31 % 65_521 + u64::from(byte));
        let waiting = clock.clone();
        let browser = Rc::clone(&device.browser);
        let platform = Platform {
            now: Box::new(move || clock.now()),
            wait_ms: Box::new(move |ms| waiting.wait_ms(ms)),
            rng: Box::new(SeededRng::new(seed * 1_000_000_007 + letters * 1_000_003 + number)),
            password: Rc::new(|_| future::ready(None).boxed_local()),
            device_mac: Rc::new(|_| future::ready(None).boxed_local()),
            highlight: Rc::new(move |code| highlighter.read(code)),
            // A camera of stories sees texts.
            read_code: Rc::new(|frame| {
                let text = String::from_utf8(frame.luma).ok().filter(|text| !text.is_empty());
                std::future::ready(text.map_or(FrameText::Nothing, FrameText::Text)).boxed_local()
            }),
            storage: Rc::new(move || std::future::ready(browser.get()).boxed_local()),
            host: "localhost".to_owned(),
        };
        let (wants, inbox) = unbounded();
        let (tell, told) = unbounded();
        let client = Client::new(device.disk.open(), device.link.clone(), platform, inbox).run().boxed_local();
        for message in [TabMessage::Came(TAB, tell), TabMessage::Wants(TAB, Intention::Attach)] {
            wants.unbounded_send(message).expect("the client listens");
        }
        device.tab = Tab::new();
        device.running = Some(Running { client, alarm: Arc::new(Alarm(AtomicBool::new(true))), wants, told });
        self.run();
    }

    /// One more tab of a device, which shows what it is sent to whoever holds the other end.
    pub(crate) fn open_another_tab(&mut self, name: &str) -> UnboundedReceiver<Delta> {
        let (tell, told) = unbounded();
        let running = self.device(name).running.as_ref().expect("the device runs");
        for message in [TabMessage::Came(TabId(2), tell), TabMessage::Wants(TabId(2), Intention::Attach)] {
            running.wants.unbounded_send(message).expect("the client listens");
        }
        self.run();
        told
    }

    pub(crate) fn want_in_the_other_tab(&mut self, name: &str, intention: Intention) {
        let running = self.device(name).running.as_ref().expect("the device runs");
        running.wants.unbounded_send(TabMessage::Wants(TabId(2), intention)).expect("the client listens");
        self.run();
    }

    /// The tab of a device is closed.
    pub(crate) fn close_first_tab(&mut self, name: &str) {
        let running = self.device(name).running.as_ref().expect("the device runs");
        running.wants.unbounded_send(TabMessage::Gone(TAB)).expect("the client listens");
        self.run();
    }

    /// The browser dies in the middle of whatever it did.
    pub(crate) fn crash(&mut self, name: &str) {
        self.device_mut(name).running = None;
    }

    /// Crash, start, unlock.
    pub(crate) fn restart(&mut self, name: &str) {
        self.restart_locked(name);
        self.on(name).unlock();
    }

    /// The browser dies, and is there again; nobody unlocks.
    pub(crate) fn restart_locked(&mut self, name: &str) {
        self.crash(name);
        self.start(name);
    }

    /// From here on another relay answers a device, without its user doing anything.
    pub(crate) fn move_to(&mut self, name: &str, relay: &FakeRelay) {
        self.crash(name);
        let link = relay.link(name);
        self.device_mut(name).link = link;
        self.start(name);
        if matches!(self.tab(name).screen, ScreenView::Locked(_)) {
            self.on(name).unlock();
        }
    }

    /// Somebody at a device.
    pub(crate) fn on(&mut self, name: &str) -> On<'_> {
        self.device(name);
        On::new(self, name)
    }

    /// What reads code, on every device.
    pub(crate) fn highlighter(&self) -> &Highlighter {
        &self.highlighter
    }

    pub(crate) fn relay(&self) -> &FakeRelay {
        &self.relay
    }

    pub(crate) fn link(&self, name: &str) -> &FakeLink {
        &self.device(name).link
    }

    pub(crate) fn disk(&self, name: &str) -> &MemoryDisk {
        &self.device(name).disk
    }

    pub(crate) fn tab(&self, name: &str) -> &Tab {
        &self.device(name).tab
    }

    /// From now on the browser says this of what it keeps.
    pub(crate) fn browser_says(&self, name: &str, storage: Option<BrowserStorage>) {
        self.device(name).browser.set(storage);
    }

    pub(crate) fn is_running(&self, name: &str) -> bool {
        self.device(name).running.is_some()
    }

    /// Whose account a device is for.
    pub(crate) fn account(&self, name: &str) -> AccountId {
        AccountId(self.device(name).authenticator.borrow().account().expect("a passkey was made"))
    }

    pub(crate) fn authenticator(&self, name: &str) -> std::cell::RefMut<'_, Authenticator> {
        self.device(name).authenticator.borrow_mut()
    }

    pub(crate) fn set_mood(&self, name: &str, mood: Mood) {
        self.authenticator(name).mood = mood;
    }

    /// Whoever was silent answers what was asked last.
    pub(crate) fn answer_gestures(&mut self, name: &str) {
        let device = self.device_mut(name);
        let asked = device.tab.gestures.last().cloned().expect("something was asked");
        let answer = device.authenticator.borrow_mut().handle(&asked);
        device.want(answer.expect("it is not silent any more"));
        self.run();
    }

    /// Nothing of this device reaches the relay any more.
    pub(crate) fn cut_off(&mut self, name: &str) {
        self.device(name).link.cut_off();
        self.run();
    }

    /// Calls of this device go through again; it finds out by itself.
    pub(crate) fn reconnect(&mut self, name: &str) {
        self.device(name).link.reconnect();
        self.run();
    }

    /// Runs every device until none has anything to do; no time passes.
    pub(crate) fn run(&mut self) {
        for _ in 0..MAX_ROUNDS {
            let n_moved = self.devices.values_mut().filter_map(|device| device.poll().then_some(())).count();
            if n_moved == 0 {
                return;
            }
        }
        panic!("the devices never come to rest");
    }

    /// Lets time pass, with everything that happens in it.
    pub(crate) fn pass_ms(&mut self, ms: u64) {
        let until = self.clock.now().0 + ms;
        self.run();
        for _ in 0..MAX_ROUNDS {
            let Some(wake) = self.clock.next_wake().filter(|wake| *wake <= until) else {
                self.move_clock(until);
                return self.run();
            };
            self.move_clock(wake.max(self.clock.now().0));
            self.run();
        }
        panic!("the devices wake without end");
    }

    fn move_clock(&mut self, now_ms: u64) {
        self.relay.set_now(now_ms / 1000);
        self.clock.move_to(now_ms);
    }

    /// Lets everything come to rest, retries included.
    pub(crate) fn settle(&mut self) {
        self.pass_ms(SETTLE_MS);
    }

    fn device(&self, name: &str) -> &Device {
        self.devices.get(name).expect("a device of this name")
    }

    fn device_mut(&mut self, name: &str) -> &mut Device {
        self.devices.get_mut(name).expect("a device of this name")
    }
}

impl Device {
    /// Runs the client once if it has something to do, and shows what it tells; whether anything moved.
    fn poll(&mut self) -> bool {
        let Some(running) = &mut self.running else { return false };
        let mut moved = running.alarm.0.swap(false, Ordering::Relaxed);
        let mut has_ended = false;
        if moved {
            let waker = Waker::from(Arc::clone(&running.alarm));
            has_ended = matches!(running.client.poll_unpin(&mut Context::from_waker(&waker)), Poll::Ready(_));
        }
        while let Some(Some(delta)) = running.told.next().now_or_never() {
            moved = true;
            let Some(request) = self.tab.take(delta) else { continue };
            if let Some(intention) = self.authenticator.borrow_mut().handle(&request) {
                running.wants.unbounded_send(TabMessage::Wants(TAB, intention)).expect("the client listens");
            }
        }
        if has_ended {
            self.running = None;
        }
        moved
    }

    fn want(&mut self, intention: Intention) {
        let running = self.running.as_ref().expect("the device runs");
        running.wants.unbounded_send(TabMessage::Wants(TAB, intention)).expect("the client listens");
    }
}
