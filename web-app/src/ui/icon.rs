//! The icons: one path each, drawn in the colour of the words beside it.

use leptos::prelude::*;

/// What an icon stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Picture {
    /// Look here.
    Alert,
    /// Done.
    Check,
    /// Time, or waiting.
    Clock,
    /// Copy.
    Copy,
    /// A device.
    Device,
    /// Closed by a cross.
    Close,
    /// Save as a file.
    Download,
    /// Write.
    Edit,
    /// Two ways.
    Fork,
    /// Seen by nobody.
    Hidden,
    /// Seen.
    Eye,
    /// A key.
    Key,
    /// A keyboard.
    Keyboard,
    /// To the left.
    Left,
    /// To the right.
    Right,
    /// Downwards.
    Down,
    /// A list.
    List,
    /// Locked.
    Lock,
    /// Post.
    Mail,
    /// A menu of places.
    Menu,
    /// More to do.
    More,
    /// No connection.
    Off,
    /// Leave.
    Out,
    /// A passkey.
    Passkey,
    /// One more.
    Plus,
    /// Print.
    Print,
    /// What left.
    Receipt,
    /// Again.
    Redo,
    /// Goes out.
    Send,
    /// Safe.
    Shield,
    /// Stop.
    Stop,
    /// A thought.
    Bulb,
    /// Light and dark.
    Theme,
    /// In motion.
    Sync,
    /// Away.
    Trash,
    /// Upwards.
    Up,
    /// A person.
    User,
}

/// How large an icon is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IconSize {
    /// 20 px.
    #[default]
    Normal,
    /// 16 px.
    Small,
}

/// An icon; it says nothing that words beside it do not say.
#[component]
pub fn Icon(
    /// What it stands for.
    #[prop(into)]
    picture: Signal<Picture>,
    /// How large it is.
    #[prop(optional)]
    size: IconSize,
    /// A class more.
    #[prop(optional)]
    class: &'static str,
) -> impl IntoView {
    let class = move || match size {
        IconSize::Normal => format!("icon {class}"),
        IconSize::Small => format!("icon small {class}"),
    };
    view! {
        <svg class=class viewBox="0 0 24 24" aria-hidden="true">
            <path d=move || picture.get().path()></path>
        </svg>
    }
}

impl Picture {
    fn path(self) -> &'static str {
        match self {
            Self::Alert => "M12,4l8.5,15.5h-17zM12,10v4.5M12,17h.01",
            Self::Check => "m5,12.5,4.5,4.5L19,7.5",
            Self::Clock => "M20,12a8,8,0,1,1-16,0a8,8,0,0,1,16,0zM12,7.5V12l3,2",
            Self::Copy => {
                "M11,8.5h6a2.5,2.5,0,0,1,2.5,2.5v6a2.5,2.5,0,0,1-2.5,2.5h-6a2.5,2.5,0,0,1-2.5-2.5v-6a2.5,2.5,0,0,1,2.5-2.5zM15.5,8.5V7A2.5,2.5,0,0,0,13,4.5H7A2.5,2.5,0,0,0,4.5,7v6A2.5,2.5,0,0,0,7,15.5h1.5"
            }
            Self::Device => "M6,5.5h12a1,1,0,0,1,1,1v9H5v-9a1,1,0,0,1,1-1zM3,18.5h18",
            Self::Close => "m6.5,6.5,11,11M17.5,6.5l-11,11",
            Self::Download => "M12,4v11.5M6.5,10.5,12,16l5.5-5.5M4.5,20h15",
            Self::Edit => "m5,19,.8-4L16,4.8a1.9,1.9,0,0,1,2.7,0l.5,.5a1.9,1.9,0,0,1,0,2.7L9,18.2zM14,7l3,3",
            Self::Fork => "M7,4v4c0,3,5,3,5,6v6M17,4v4c0,3-5,3-5,6",
            Self::Hidden => {
                "M4,4l16,16M9.9,5.8A9.5,9.5,0,0,1,12,5.5c5.5,0,8.5,6.5,8.5,6.5a14,14,0,0,1-2.4,3.2M6.3,7.6A14,14,0,0,0,3.5,12S6.5,18.5,12,18.5c1.5,0,2.8-.5,4-1.2M10.2,10.2a2.5,2.5,0,0,0,3.6,3.6"
            }
            Self::Eye => {
                "M3.5,12S6.5,5.5,12,5.5S20.5,12,20.5,12S17.5,18.5,12,18.5S3.5,12,3.5,12zM14.5,12a2.5,2.5,0,1,1-5,0a2.5,2.5,0,0,1,5,0z"
            }
            Self::Key => "M12,15.5a4,4,0,1,1-8,0a4,4,0,0,1,8,0zM11,12.5l8-8M16,7.5l2.5,2.5M13.5,10l1.8,1.8",
            Self::Keyboard => {
                "M5,6.5h14a1.5,1.5,0,0,1,1.5,1.5v8a1.5,1.5,0,0,1-1.5,1.5H5A1.5,1.5,0,0,1,3.5,16V8A1.5,1.5,0,0,1,5,6.5zM7.5,10h.01M10.5,10h.01M13.5,10h.01M16.5,10h.01M8.5,14h7"
            }
            Self::Left => "m14.5,6-6,6,6,6",
            Self::Right => "m9.5,6,6,6-6,6",
            Self::Down => "m6,9.5,6,6,6-6",
            Self::List => "M5,6.5h.01M9,6.5h10M5,12h.01M9,12h10M5,17.5h.01M9,17.5h10",
            Self::Lock => {
                "M7.5,10.5h9a2.5,2.5,0,0,1,2.5,2.5v5a2.5,2.5,0,0,1-2.5,2.5h-9a2.5,2.5,0,0,1-2.5-2.5v-5a2.5,2.5,0,0,1,2.5-2.5zM8,10.5V8a4,4,0,0,1,8,0v2.5M12,14.5v2"
            }
            Self::Mail => {
                "M6,5.5h12a2.5,2.5,0,0,1,2.5,2.5v8a2.5,2.5,0,0,1-2.5,2.5h-12a2.5,2.5,0,0,1-2.5-2.5v-8a2.5,2.5,0,0,1,2.5-2.5zM4.5,7.5,12,13l7.5-5.5"
            }
            Self::Menu => "M4,7h16M4,12h16M4,17h10",
            Self::More => "M6,12h.01M12,12h.01M18,12h.01M6,11.6v.8M12,11.6v.8M18,11.6v.8",
            Self::Off => "M4,4l16,16M8.5,6.7a6,6,0,0,1,8.9,3.9a4,4,0,0,1,2.3,6.3M16.5,18H7.5a4.2,4.2,0,0,1-1.1-8.2",
            Self::Out => "M10,4.5H6.5a1.5,1.5,0,0,0-1.5,1.5v12a1.5,1.5,0,0,0,1.5,1.5H10M15.5,8l4,4-4,4M19,12H10",
            Self::Passkey => {
                "M12.5,7.5a3.5,3.5,0,1,1-7,0a3.5,3.5,0,0,1,7,0zM3,19.5c.5-3.8,2.8-6,6-6c1,0,1.9,.2,2.7,.6M20,11.5a2.8,2.8,0,1,1-5.6,0a2.8,2.8,0,0,1,5.6,0zM17.2,14.3v6.2l1.6-1.5-1.6-1.6"
            }
            Self::Plus => "M12,5v14M5,12h14",
            Self::Print => {
                "M7.5,8.5V4h9v4.5M7.5,17H6a2,2,0,0,1-2-2v-4.5a2,2,0,0,1,2-2h12a2,2,0,0,1,2,2V15a2,2,0,0,1-2,2h-1.5M7.5,14h9v6h-9z"
            }
            Self::Receipt => "M6,3.5h12v17l-3-2-3,2-3-2-3,2zM9,8.5h6M9,12.5h6",
            Self::Redo => "M19.5,12a7.5,7.5,0,1,1-2.2-5.3L19.5,9M19.5,4.5V9H15",
            Self::Send => "M12,19.5V5M5.8,11,12,4.8l6.2,6.2",
            Self::Shield => "M12,3.5,5,6v5.5c0,4.2,2.9,7.3,7,9c4.1-1.7,7-4.8,7-9V6zM9,12l2.2,2.2L15.2,10",
            Self::Stop => "M8.5,6.5h7a2,2,0,0,1,2,2v7a2,2,0,0,1-2,2h-7a2,2,0,0,1-2-2v-7a2,2,0,0,1,2-2z",
            Self::Bulb => {
                "M9.5,17.5h5M10.5,20.5h3M12,3.5a6,6,0,0,0-3.5,10.9c.7,.6,1,1.3,1,3.1h5c0-1.8,.3-2.5,1-3.1A6,6,0,0,0,12,3.5z"
            }
            Self::Sync => "M19.5,8A8,8,0,0,0,5.2,9.5M4.5,16a8,8,0,0,0,14.3-1.5M20,3.8V8h-4.2M4,20.2V16h4.2",
            Self::Theme => "M20,12a8,8,0,1,1-16,0a8,8,0,0,1,16,0zM12,4a8,8,0,0,0,0,16z",
            Self::Trash => "M4.5,7h15M9.5,7V4.5h5V7M6.5,7l.8,12.5h9.4L17.5,7M10,10.5v6M14,10.5v6",
            Self::Up => "m6,14.5,6-6,6,6",
            Self::User => "M15.5,8.5a3.5,3.5,0,1,1-7,0a3.5,3.5,0,0,1,7,0zM5,19.5c.8-3.3,3.5-5,7-5s6.2,1.7,7,5",
        }
    }
}
