//! The account secret moves with a hand-over: whoever is let in shows the account code too.

use client_core::intention::{HandOverWish, Intention, PasswordWish};
use client_core::view::ScreenView;
use client_core::view::hand_over::{HandOverWay, JoiningStep, ShownSecret};

use super::world::World;
use super::{Owner, PASSWORD};

fn let_in(world: &mut World, by: usize, words: &[String]) -> usize {
    let fresh = world.add_profile();
    world.want(fresh, Intention::HandOver(HandOverWish::Join(HandOverWay::Words)));
    let ScreenView::Joining(view) = world.screen(fresh).clone() else { panic!("{:?}", world.screen(fresh)) };
    let JoiningStep::Showing { secret: ShownSecret::Words(six), .. } = view.step else { panic!("{view:?}") };
    world.want(by, Intention::ShowSecurity);
    world.want(by, Intention::HandOver(HandOverWish::Find(six.join(" ").into())));
    world.want(by, Intention::HandOver(HandOverWish::LetIn));
    world.pass_s(10);
    world.want(fresh, Intention::UnlockWithWords(words.join(" ").into()));
    world.pass_s(5);
    assert_eq!(*world.screen(fresh), ScreenView::Open);
    fresh
}

fn shown_code(world: &mut World, number: usize) -> Option<String> {
    world.want(number, Intention::Password(PasswordWish::ShowAccountCode));
    world.tab(number).account_code.as_ref().map(|shown| shown.account_code.clone())
}

#[test]
fn a_device_that_is_let_in_shows_the_account_code_also_after_a_restart() {
    let mut world = World::with_devices(0);
    let owner = Owner::sign_up(&mut world, "noor", Some(PASSWORD), true);
    let words = owner.words.clone();
    let fresh = let_in(&mut world, 0, &words);
    assert!(owner.account_code.is_some());
    assert_eq!(shown_code(&mut world, fresh), owner.account_code);
    world.close(fresh);
    world.start(fresh);
    world.want(fresh, Intention::UnlockWithWords(words.join(" ").into()));
    assert_eq!(shown_code(&mut world, fresh), owner.account_code);

    // And hands it on.
    let next = let_in(&mut world, fresh, &words);
    assert_eq!(shown_code(&mut world, next), owner.account_code);
}

#[test]
fn a_passphrase_has_no_account_code_to_hand_over() {
    let mut world = World::with_devices(0);
    let owner = Owner::sign_up(&mut world, "noor", None, true);
    let words = owner.words.clone();
    let fresh = let_in(&mut world, 0, &words);
    assert_eq!(shown_code(&mut world, fresh), None);
}
