//! What must hold of a thread, and that every change looks at it.

use super::*;
use chorale_domain::content_log::MAX_COUNT;

fn changed(change: impl FnOnce(&mut Thread)) -> Thread {
    let mut thread = World::with(3, UNANIMOUS).thread;
    change(&mut thread);
    thread
}

#[test]
fn sound_threads_up_to_their_limits_are_sound() {
    let sound = [
        ("three co-authors", changed(|_| {})),
        (
            "a hole",
            changed(|thread| {
                thread.seats.leave(1);
            }),
        ),
        ("32 co-authors", World::with(32, UNANIMOUS).thread),
        ("archived with co-authors", changed(|thread| thread.status = 2)),
        ("archived and left", changed(|thread| (thread.status, thread.seats) = (2, Seats::zeroed()))),
        ("a full log", changed(|thread| thread.log_count = MAX_COUNT.into())),
        ("no numbers left", changed(|thread| thread.next_member = u32::MAX.into())),
        ("a proposal without a stake", changed(|thread| thread.open_proposals = 1.into())),
        (
            "all stakes",
            changed(|thread| (thread.open_proposals, thread.escrow) = (1.into(), u64::MAX.into())),
        ),
    ];
    for (name, thread) in sound {
        assert_eq!(thread.invariant(), Ok(()), "{name}");
    }
}

#[test]
fn threads_that_contradict_themselves_are_refused() {
    let broken = [
        ("more taken than used", changed(|thread| thread.seats.used = 2)),
        ("33 seats used", changed(|thread| thread.seats.used = 33)),
        ("33 seats taken and used", changed(|thread| (thread.seats.count, thread.seats.used) = (33, 33))),
        ("no status", changed(|thread| thread.status = 0)),
        ("an unknown status", changed(|thread| thread.status = 3)),
        ("active and left", changed(|thread| thread.seats = Seats::zeroed())),
        ("fewer numbers than co-authors", changed(|thread| thread.next_member = 2.into())),
        ("a log beyond its end", changed(|thread| thread.log_count = (MAX_COUNT + 1).into())),
        ("a stake without a proposal", changed(|thread| thread.escrow = 1.into())),
        ("nothing at all", Thread::zeroed()),
    ];
    for (name, thread) in broken {
        assert_eq!(refusal(thread.invariant()), ChoraleError::InvariantBroken, "{name}");
    }
}

/// A thread that breaks its invariant, where nothing else stands in the way.
fn broken() -> World {
    let mut world = World::new(UNANIMOUS);
    world.thread.seats.members[0].claimable = 5.into();
    world.treasury.receive(5).unwrap();
    world.thread.seats.used = 33;
    world
}

#[test]
fn every_change_of_a_thread_looks_at_its_invariant() {
    let mut world = broken();
    let changes: [(&str, ChoraleError); 5] = [
        ("publish", refusal(world.thread.active().unwrap().publish(&hash(5), &wallet(1), START))),
        ("archive", refusal(broken().thread.active().unwrap().archive(&wallet(1), START))),
        ("claim", refusal(broken().thread.claim(&wallet(1), START))),
        ("propose", refusal(broken().propose(wallet(2), hash(5), MIN_STAKE, START))),
        (
            "begin",
            refusal(Thread { log_count: u64::MAX.into(), ..Thread::zeroed() }.begin(
                [7; 32],
                wallet(1),
                rule(UNANIMOUS),
                START,
            )),
        ),
    ];
    for (change, refused) in changes {
        assert_eq!(refused, ChoraleError::InvariantBroken, "{change}");
    }
}

#[test]
fn leaving_a_thread_that_contradicts_itself_is_refused() {
    let mut world = World::with(2, UNANIMOUS);
    world.thread.log_count = (MAX_COUNT + 1).into();
    assert_eq!(refusal(world.try_leave(1, START + COOLDOWN)), ChoraleError::InvariantBroken);
}

/// A change of the configuration by its authority.
type Govern = fn(&mut Config) -> Result<()>;

/// What the authority, which is also invited, can do with the configuration.
fn governing() -> [(&'static str, Govern); 4] {
    fn update(config: &mut Config) -> Result<()> {
        let settings = Settings { min_stake: 1, proposal_ttl: 1, divest_cooldown: 0, min_thread_balance: 0 };
        let by = config.authority;
        config.update(&by, &ConfigUpdate { settings, anchor_authority: wallet(9) })
    }
    fn accept(config: &mut Config) -> Result<()> {
        let by = config.authority;
        config.accept(&by).map(|_| ())
    }
    [
        ("update", update),
        ("accept", accept),
        ("invite", |config| config.invite(&{ config.authority }, wallet(8))),
        ("pause", |config| config.pause(&{ config.authority }, true)),
    ]
}

fn config(change: impl Fn(&mut Config)) -> Config {
    let mut config = World::new(UNANIMOUS).config;
    config.pending_authority = config.authority;
    change(&mut config);
    config
}

#[test]
fn a_configuration_that_contradicts_itself_takes_no_change() {
    for (name, govern) in governing() {
        assert_eq!(govern(&mut config(|_| {})), Ok(()), "{name}: a sound one does");
        let nobodys = |config: &mut Config| {
            (config.authority, config.pending_authority) = (Address::default(), Address::default());
        };
        let refused = govern(&mut config(nobodys));
        assert_eq!(refused, Err(ChoraleError::InvariantBroken.into()), "{name}: nobody's");
    }
    // An update sets the times, and a pause the mark: each makes good what it sets.
    for (name, govern) in governing() {
        let marked = govern(&mut config(|config| config.paused = 2));
        assert_eq!(marked.is_ok(), name == "pause", "{name}: an unknown mark");
        let timeless = govern(&mut config(|config| config.proposal_ttl = 0.into()));
        assert_eq!(timeless.is_ok(), name == "update", "{name}: proposals without a life");
        let early = govern(&mut config(|config| config.divest_cooldown = (-1).into()));
        assert_eq!(early.is_ok(), name == "update", "{name}: a cooldown that ends before it begins");
    }
}

#[test]
fn roots_that_contradict_themselves_take_no_root() {
    for (count, next) in [(3, 5), (5, 3), (0, 1), (31, 32)] {
        let mut roots = Roots::zeroed();
        (roots.count, roots.next) = (count, next);
        let refused = roots.anchor(1, [1; 32], 1);
        assert_eq!(refused, Err(ChoraleError::InvariantBroken.into()), "{count} roots, next at {next}");
    }
}
