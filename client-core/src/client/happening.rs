//! What can happen to a client: a tab wants something, or a call that was begun has ended.

use shared_types::account::{
    AboutResponse, AnchorPut, AnchorResponse, EpochsResponse, LogResponse, MethodStartResponse, SessionGrant,
    SignInStartResponse,
};
use shared_types::hand_over::{CollectResponse, OffersResponse};
use shared_types::prompt::PromptFrame;
use shared_types::provider::ProvidersResponse;
use shared_types::seen::SeenResponse;
use shared_types::sync::{PageBody, PushResponse, RelayEvent};

use super::ceremony::Begun;
use super::password::{MadePassword, PasswordProof, ProvenPassword, Registration};
use super::tabs::{TabId, TabMessage};
use crate::account::Admission;
use crate::keys::{DeviceKeys, LocalUnlockSecret, MethodKeys};
use crate::relay::{EventStream, FrameStream, RelayError};
use crate::view::hand_over::FrameText;
use crate::view::highlight::{Code, Pieces};
use crate::view::storage::BrowserStorage;
use crate::view::{MessageId, Problem};

/// One thing that happened.
pub(super) enum Happening {
    Tab(TabMessage),
    About(Result<AboutResponse, RelayError>),
    SignUpStarted(Result<Begun<MethodStartResponse>, Problem>),
    PasswordMade(Result<Box<MadePassword>, Problem>),
    PasswordRegistered(Registration),
    PasswordProven(Result<Box<ProvenPassword>, Problem>, Option<DeviceKeys>),
    PasswordSigned(u32, Result<Box<PasswordProof>, Problem>),
    PasswordStretched(Result<LocalUnlockSecret, Problem>),
    SignUpFinished(Result<SessionGrant, RelayError>),
    SignInStarted(Result<Begun<SignInStartResponse>, Problem>),
    SignInAgainStarted(Result<Begun<SignInStartResponse>, Problem>),
    SignedInAgain(Result<(SessionGrant, Option<AnchorPut>), RelayError>, MethodKeys),
    SignInFinished(Result<Box<FetchedAccount>, RelayError>, Option<DeviceKeys>),
    Admitted(Result<(), RelayError>, Option<DeviceKeys>),
    LogLoaded(Box<Result<LoadedLog, RelayError>>),
    Rotated(Result<(), RelayError>),
    EndLoaded(Result<LogResponse, RelayError>),
    MemberChanged(Result<(), RelayError>),
    MethodStarted(Result<MethodStartResponse, RelayError>),
    WayChanged(Result<(), RelayError>),
    AccountDeleted(Result<(), RelayError>),
    LockedElsewhere(Result<(), RelayError>),
    Pushed {
        up_to: u64,
        result: Result<PushResponse, RelayError>,
    },
    Pulled(Result<PageBody, RelayError>),
    PulledToMend(Result<PageBody, RelayError>),
    Listening(Result<EventStream, RelayError>),
    Event(Option<(RelayEvent, EventStream)>),
    AnswerOpened {
        turn: MessageId,
        result: Result<FrameStream, RelayError>,
    },
    Frame {
        turn: MessageId,
        frame: Option<(Result<PromptFrame, RelayError>, FrameStream)>,
    },
    Providers(TabId, Result<ProvidersResponse, RelayError>),
    Seen(u64, Result<SeenResponse, RelayError>),
    StorageTold(Option<BrowserStorage>),
    /// Rows are left to count.
    CountOn,
    CodeRead(Vec<(Code, Option<Pieces>)>),
    OfferMade(u32, Result<Begun<()>, Problem>),
    /// Time goes on for a device that waits to be let in.
    JoiningTicked(u32),
    AnswerCollected(u32, Result<CollectResponse, RelayError>),
    HandedOver(u32, Box<Result<(FetchedHandOver, Admission), RelayError>>),
    Joined(u32, Result<(), RelayError>),
    FrameRead(FrameText),
    OffersListed(Result<OffersResponse, RelayError>),
    OfferAnswered(Result<(), RelayError>),
    Woke,
    /// It is time to ask again whether the relay answers.
    AboutDue,
}

/// What a sign-in fetched before anything of it is believed.
pub(super) struct FetchedAccount {
    pub(super) grant: SessionGrant,
    pub(super) log: LogResponse,
    pub(super) epochs: EpochsResponse,
    pub(super) anchor: AnchorResponse,
}

/// What a device that is let in fetched before anything of it is believed.
pub(super) struct FetchedHandOver {
    pub(super) grant: SessionGrant,
    pub(super) log: LogResponse,
    pub(super) epochs: EpochsResponse,
}

/// The account log with what belongs to it, and what the relay is.
pub(super) struct LoadedLog {
    pub(super) log: LogResponse,
    pub(super) epochs: EpochsResponse,
    pub(super) about: AboutResponse,
}
