//! Whole clients of one account over HTTP, each on its own disk, with a clock that stands until a test moves it.
//!
//! Clients run on the test's own thread, the relay and the network on others. The world rests when no client has
//! anything to do and no call of theirs is open.

use std::cell::RefCell;
use std::net::TcpListener;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;

use client_core::client::{Client, Ended, Platform, TabId, TabMessage};
use client_core::intention::{GestureAnswer, GestureRequest, Intention, PrfBytes};
use client_core::keys::seeded::SeededRng;
use client_core::password::{PasswordAnswer, PasswordTask};
use client_core::relay::http::HttpRelay;
use client_core::store::memory::MemoryDisk;
use client_core::store::{Row, Table};
use client_core::view::hand_over::FrameText;
use client_core::view::{Delta, ScreenView, StatusView};
use data_encoding::BASE64URL_NOPAD;
use futures_channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures_util::future::{self, LocalBoxFuture};
use futures_util::{FutureExt, StreamExt};
use relay_server::Config;
use relay_server::evil::EvilRelay;
use shared_types::ids::{AccountId, DeviceId, Hash};
use tokio::runtime::Runtime;

use crate::authenticator::SoftwareAuthenticator;
use crate::clock::Clock;
use crate::counted::{Count, Counted};
use crate::tab::Tab;

const TAB: TabId = TabId(1);

/// One account, its devices, and the relay.
pub(crate) struct World {
    runtime: Runtime,
    evil: EvilRelay,
    origin: String,
    clock: Clock,
    calls: Count,
    passkey: Rc<RefCell<Passkey>>,
    devices: Vec<Device>,
    _folder: tempfile::TempDir,
}

/// The owner's passkey, which every device reaches.
struct Passkey {
    authenticator: SoftwareAuthenticator,
    credential_id: Vec<u8>,
    user_handle: Vec<u8>,
}

/// One browser profile.
struct Device {
    disk: MemoryDisk,
    running: Option<Running>,
    tab: Tab,
    id: Option<DeviceId>,
    written: Vec<String>,
    n_starts: u64,
}

struct Running {
    client: LocalBoxFuture<'static, Ended>,
    alarm: Arc<Alarm>,
    wants: UnboundedSender<TabMessage>,
    told: UnboundedReceiver<Delta>,
}

/// Remembers that a client has something to do, and wakes the test for it.
struct Alarm {
    rings: AtomicBool,
    test: Thread,
}

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        self.rings.store(true, Ordering::SeqCst);
        self.test.unpark();
    }
}

impl World {
    /// So many devices: the first signs up, the others join with the same passkey.
    pub(crate) fn with_devices(n_devices: usize) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let folder = tempfile::tempdir().unwrap();
        // No model: nothing that is written is meant for anybody else.
        let mut config = Config { data_dir: folder.path().to_owned(), ..Config::default() };
        config.ollama.look = Some(false);
        config.limits.sign_ins_per_hour = 10_000;
        config.limits.requests_per_minute = 100_000;
        config.limits.address_requests_per_minute = 100_000;
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let evil = runtime.block_on(EvilRelay::open(config, address)).unwrap();
        let serving = evil.clone();
        runtime.spawn(async move { serving.serve(tokio::net::TcpListener::from_std(listener).unwrap()).await });
        let origin = format!("http://localhost:{}", address.port());
        let clock = Clock::at(evil.relay.clock.now_s() * 1000);
        let authenticator = SoftwareAuthenticator::new(&origin);
        let passkey = Passkey { authenticator, credential_id: Vec::new(), user_handle: Vec::new() };
        let (calls, passkey) = (Count::default(), Rc::new(RefCell::new(passkey)));
        let mut world = Self { runtime, evil, origin, clock, calls, passkey, devices: Vec::new(), _folder: folder };
        for _ in 0..n_devices {
            world.add_device();
        }
        world
    }

    pub(crate) fn evil(&self) -> &EvilRelay {
        &self.evil
    }

    /// One more device of the account; its number.
    pub(crate) fn add_device(&mut self) -> usize {
        let number = self.add_profile();
        if number == 0 {
            self.want(number, Intention::SignUp { device_name: None });
            let ScreenView::RecoveryKit(kit) = self.screen(number).clone() else {
                panic!("no recovery kit is shown, but {:?}", self.screen(number));
            };
            let words = kit.asked.map(|place| kit.words[usize::from(place) - 1].clone());
            self.want(number, Intention::ConfirmWords { words: words.into() });
        } else {
            self.want(number, Intention::SignInWithPasskey);
            self.want(number, Intention::Agree);
        }
        assert_eq!(self.devices[number].tab.screen, ScreenView::Open, "device {number}");
        self.pass_s(5);
        let signed = self.evil.seen().into_iter().rev().find(|seen| {
            let known = self.devices.iter().map(|device| device.id);
            seen.device.is_some() && !known.into_iter().any(|known| known == seen.device)
        });
        self.devices[number].id = signed.and_then(|seen| seen.device);
        number
    }

    /// One more browser profile, without an account; its number.
    pub(crate) fn add_profile(&mut self) -> usize {
        let number = self.devices.len();
        let device = Device {
            disk: MemoryDisk::default(),
            running: None,
            tab: Tab::new(),
            id: None,
            written: Vec::new(),
            n_starts: 0,
        };
        self.devices.push(device);
        self.start(number);
        number
    }

    pub(crate) fn id(&self, number: usize) -> DeviceId {
        self.devices[number].id.expect("the device has signed a request")
    }

    /// What a device shows.
    pub(crate) fn screen(&self, number: usize) -> &ScreenView {
        &self.devices[number].tab.screen
    }

    /// All that it shows.
    pub(crate) fn tab(&self, number: usize) -> &Tab {
        &self.devices[number].tab
    }

    /// The browser is there again.
    pub(crate) fn start(&mut self, number: usize) {
        let relay_clock = self.evil.relay.clock.clone();
        let link = HttpRelay::new(&self.origin, Rc::new(move || relay_clock.now_s())).unwrap();
        let (clock, waiting) = (self.clock.clone(), self.clock.clone());
        let device = &mut self.devices[number];
        device.n_starts += 1;
        let seed = u64::try_from(number).unwrap() * 1_000_003 + device.n_starts;
        let platform = Platform {
            now: Box::new(move || clock.now()),
            wait_ms: Box::new(move |ms| waiting.wait_ms(ms)),
            rng: Box::new(SeededRng::new(seed)),
            highlight: Rc::new(|_| future::ready(None).boxed_local()),
            read_code: Rc::new(|_| future::ready(FrameText::Nothing).boxed_local()),
            password: Rc::new(|task| future::ready(Some(run_password(&task))).boxed_local()),
            device_mac: Rc::new(move |device| future::ready(Some(mac_of(number, device))).boxed_local()),
            storage: Rc::new(|| future::ready(None).boxed_local()),
            host: "localhost".to_owned(),
        };
        let (wants, inbox) = unbounded();
        let (tell, told) = unbounded();
        let counted = Counted::new(link, self.calls.clone());
        let client = Client::new(device.disk.open(), counted, platform, inbox).run().boxed_local();
        for message in [TabMessage::Came(TAB, tell), TabMessage::Wants(TAB, Intention::Attach)] {
            wants.unbounded_send(message).unwrap();
        }
        let alarm = Arc::new(Alarm { rings: AtomicBool::new(true), test: std::thread::current() });
        device.tab = Tab::new();
        device.running = Some(Running { client, alarm, wants, told });
        self.run();
    }

    /// The browser dies.
    pub(crate) fn close(&mut self, number: usize) {
        self.devices[number].running = None;
    }

    /// It is there again, and unlocked, if it was not.
    pub(crate) fn open(&mut self, number: usize) {
        if self.devices[number].running.is_none() {
            self.start(number);
            self.want(number, Intention::UnlockWithPasskey);
            assert_eq!(self.devices[number].tab.screen, ScreenView::Open);
        }
    }

    /// The profile of a device as it is on its disk.
    pub(crate) fn profile(&self, number: usize) -> Vec<(Table, Row)> {
        self.devices[number].disk.all_rows()
    }

    /// Puts an older copy of a closed profile back.
    pub(crate) fn restore(&mut self, number: usize, profile: &[(Table, Row)]) {
        self.close(number);
        self.devices[number].disk.restore(profile);
    }

    pub(crate) fn is_open(&self, number: usize) -> bool {
        self.devices[number].running.is_some()
    }

    /// Writes into the newest chat, or into a new one.
    pub(crate) fn write(&mut self, number: usize, text: &str) {
        self.open(number);
        let chat = self.devices[number].tab.chats.first().map(|row| row.id);
        self.want(number, Intention::Send { chat, text: text.to_owned(), model: None });
        self.devices[number].written.push(text.to_owned());
    }

    /// Names the newest chat, if there is one.
    pub(crate) fn rename(&mut self, number: usize, title: &str) {
        self.open(number);
        if let Some(chat) = self.devices[number].tab.chats.first().map(|row| row.id) {
            self.want(number, Intention::Rename { chat, title: title.to_owned() });
        }
    }

    /// What was written on a device.
    pub(crate) fn written(&self, number: usize) -> &[String] {
        &self.devices[number].written
    }

    pub(crate) fn status(&self, number: usize) -> StatusView {
        self.tab(number).status.expect("the vault is open")
    }

    /// Title and texts of every chat that a device shows.
    pub(crate) fn everything(&mut self, number: usize) -> Vec<(Option<String>, Vec<String>)> {
        let mut all = Vec::new();
        for row in self.devices[number].tab.chats.clone() {
            self.want(number, Intention::OpenChat(row.id));
            let shown = self.devices[number].tab.open.as_ref().expect("a chat is shown");
            all.push((row.title, shown.messages.iter().map(|message| message.text.clone()).collect()));
        }
        all.sort();
        all
    }

    pub(crate) fn want(&mut self, number: usize, intention: Intention) {
        let running = self.devices[number].running.as_ref().expect("the device runs");
        running.wants.unbounded_send(TabMessage::Wants(TAB, intention)).unwrap();
        self.run();
    }

    /// Lets time pass, with everything that happens in it.
    pub(crate) fn pass_s(&mut self, seconds: u64) {
        let until = self.clock.now().0 + seconds * 1000;
        self.run();
        while let Some(wake) = self.clock.next_wake().filter(|wake| *wake <= until) {
            self.clock.move_to(wake.max(self.clock.now().0));
            self.run();
        }
        self.clock.move_to(until);
        self.run();
    }

    fn run(&mut self) {
        let handle = self.runtime.handle().clone();
        let _inside = handle.enter();
        loop {
            let passkey = &self.passkey;
            let answer = |request: &GestureRequest| handle.block_on(passkey.borrow_mut().answer(request));
            let n_moved = self.devices.iter_mut().filter_map(|device| device.poll(answer).then_some(())).count();
            if n_moved > 0 {
                continue;
            }
            if self.calls.is_zero() {
                return;
            }
            std::thread::park();
        }
    }
}

/// What the browser loads as a file of its own.
fn run_password(task: &PasswordTask) -> PasswordAnswer {
    PasswordAnswer::take(password_client::run(task.as_slice()))
}

/// What the profile of a device answers with its own key.
fn mac_of(number: usize, device: DeviceId) -> [u8; 32] {
    Hash::of(&[b"mac", &number.to_be_bytes(), &device.0]).0
}

impl Device {
    /// Runs the client once if it has something to do, and shows what it tells; whether anything moved.
    fn poll(&mut self, answer: impl Fn(&GestureRequest) -> GestureAnswer) -> bool {
        let Some(running) = &mut self.running else { return false };
        let mut moved = running.alarm.rings.swap(false, Ordering::SeqCst);
        if moved {
            let waker = Waker::from(Arc::clone(&running.alarm));
            let ended = matches!(running.client.poll_unpin(&mut Context::from_waker(&waker)), Poll::Ready(_));
            assert!(!ended, "nobody locks a device");
        }
        while let Some(Some(delta)) = running.told.next().now_or_never() {
            moved = true;
            let Some(request) = self.tab.take(delta) else { continue };
            let intention = Intention::GestureDone(answer(&request));
            running.wants.unbounded_send(TabMessage::Wants(TAB, intention)).unwrap();
        }
        moved
    }
}

impl Passkey {
    async fn answer(&mut self, request: &GestureRequest) -> GestureAnswer {
        match request {
            GestureRequest::Create { challenge, user_handle, prf, .. } => {
                let account = AccountId(user_handle.as_slice().try_into().unwrap());
                let registered = self.authenticator.register(account, challenge).await;
                self.credential_id.clone_from(&registered.credential_id);
                self.user_handle.clone_from(user_handle);
                let client_data = registered.registration["response"]["clientDataJSON"].as_str().unwrap();
                let [first, second] = prf;
                GestureAnswer {
                    credential_json: registered.registration.to_string(),
                    credential_id: registered.credential_id,
                    user_handle: None,
                    client_data_json: BASE64URL_NOPAD.decode(client_data.as_bytes()).unwrap(),
                    prf: [Some(self.prf(first)), Some(self.prf(second))],
                    prf_enabled: true,
                    is_unlisted: false,
                }
            }
            GestureRequest::Get { challenge, prf_first, prf_second, .. } => {
                let asserted = self.authenticator.assert(challenge).await;
                GestureAnswer {
                    credential_json: asserted.assertion.to_string(),
                    credential_id: self.credential_id.clone(),
                    user_handle: Some(self.user_handle.clone()),
                    client_data_json: asserted.client_data_json,
                    prf: [Some(self.prf(prf_first)), prf_second.as_ref().map(|input| self.prf(input))],
                    prf_enabled: true,
                    is_unlisted: false,
                }
            }
            GestureRequest::Forget { .. } => panic!("nobody is told to forget this passkey"),
        }
    }

    fn prf(&self, input: &[u8]) -> PrfBytes {
        PrfBytes::take(Hash::of(&[b"prf", &self.credential_id, input]).0.to_vec())
    }
}
