//! Who gets to read what: every route that shows bodies, tried by everyone there is.

use crate::story::{SALT, THREAD, approved, confirm, divested, hash, proposed, published, voted};
use crate::wallet::Keys;
use crate::world::{PATIENCE, World};
use chorale_domain::id::Wallet;
use chorale_domain::state::EntityKey;
use chorale_store::Stopped;
use chorale_wire::Code;
use chorale_wire::http::{Content, Hits, Prepare, Proposals, ThreadView, Upload, Visibility};
use reqwest::{Method, StatusCode};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::time::{sleep, timeout};

const PUBLIC: &str = "choir, for everyone";
const PREMIUM: &str = "choir, for who pays";
const THREADS: &str = "choir, among us";
const DRAFT: &str = "choir, not finished";
const WISH: &str = "choir, let me in";

const MESSAGES: [&str; 3] = [PUBLIC, PREMIUM, THREADS];
const ALL: [&str; 5] = [PUBLIC, PREMIUM, THREADS, DRAFT, WISH];

/// What somebody sees: texts, and that there are others.
#[derive(PartialEq, Eq, Debug, Default)]
struct Seen {
    texts: BTreeSet<&'static str>,
    listed: BTreeSet<&'static str>,
}

impl Seen {
    fn of(contents: impl IntoIterator<Item = Content>) -> Self {
        let mut seen = Self::default();
        for content in contents {
            let text = ALL.into_iter().find(|text| hash(text) == content.hash).expect("something unknown");
            let texts = if content.body.is_some() { &mut seen.texts } else { &mut seen.listed };
            assert_eq!(content.body.is_some(), content.salt.is_some(), "a salt helps to guess the text");
            texts.insert(text);
        }
        seen
    }

    fn among(&self, texts: &[&str]) -> Self {
        let some =
            |all: &BTreeSet<&'static str>| all.iter().copied().filter(|text| texts.contains(text)).collect();
        Self { texts: some(&self.texts), listed: some(&self.listed) }
    }
}

/// Someone with what they may see.
struct Person {
    name: &'static str,
    token: Option<String>,
    may: Seen,
}

/// Ada began the thread and wrote its messages, Ben joined, Cat joined and left, Dan asks to join.
struct Cast {
    world: World,
    ada: Keys,
    people: Vec<Person>,
}

impl Cast {
    async fn new() -> Self {
        let [ada, ben, cat, dan] = [10, 11, 12, 13].map(Keys::new);
        let world = World::with_thread(ada.wallet()).await;
        play(&world, [&ada, &ben, &cat, &dan].map(Keys::wallet)).await;
        let token = async |keys: &Keys| Some(world.sign_in(keys).await);
        let person = |name, token, texts: &[&'static str], listed: &[&'static str]| {
            let may =
                Seen { texts: texts.iter().copied().collect(), listed: listed.iter().copied().collect() };
            Person { name, token, may }
        };
        let members = [PUBLIC, PREMIUM, THREADS, WISH];
        let people = vec![
            person("a stranger", None, &[PUBLIC], &[PREMIUM]),
            person("somebody", token(&Keys::new(66)).await, &[PUBLIC], &[PREMIUM]),
            person("the author", token(&ada).await, &ALL, &[]),
            person("a co-author", token(&ben).await, &members, &[]),
            person("an ex-co-author", token(&cat).await, &[PUBLIC], &[PREMIUM]),
            person("who asks to join", token(&dan).await, &[PUBLIC, WISH], &[PREMIUM]),
        ];
        let cast = Self { world, ada, people };
        cast.upload("the author", PUBLIC, Visibility::Public).await;
        cast.upload("the author", PREMIUM, Visibility::Premium).await;
        cast.upload("the author", THREADS, Visibility::Thread).await;
        cast.upload("the author", DRAFT, Visibility::Public).await;
        cast.upload("who asks to join", WISH, Visibility::Thread).await;
        cast
    }

    async fn upload(&self, name: &str, body: &str, visibility: Visibility) {
        let person = self.people.iter().find(|person| person.name == name).unwrap();
        let upload = Upload { thread: THREAD, hash: hash(body), salt: SALT, body: body.into(), visibility };
        let answer = self.world.post("/v1/contents", person.token.as_deref(), &upload).await;
        assert_eq!(answer.status(), StatusCode::CREATED, "{name} uploads {body:?}");
    }

    async fn get(&self, person: &Person, path: &str) -> crate::world::Answer {
        self.world.send(Method::GET, path, person.token.as_deref(), None).await
    }

    async fn search(&self, person: &Person, query: &str) -> Seen {
        let hits: Hits = self.get(person, &format!("/v1/search?{query}")).await.good().await;
        Seen::of(hits.hits.into_iter().map(|hit| hit.content))
    }
}

async fn play(world: &World, [ada, ben, cat, dan]: [Wallet; 4]) {
    let joins = [
        proposed(THREAD, ben, "Ben"),
        voted(THREAD, ada, 0, "Ben"),
        approved(THREAD, ben, 1, 0, "Ben", (&[0], 7, 0)),
        proposed(THREAD, cat, "Cat"),
        voted(THREAD, ada, 0, "Cat"),
        voted(THREAD, ben, 1, "Cat"),
        approved(THREAD, cat, 2, 1, "Cat", (&[0, 1], 3, 1)),
        divested(THREAD, cat, 2),
    ];
    confirm(&world.writer, joins).await;
    let messages = (2..).zip(MESSAGES).map(|(sequence, text)| published(THREAD, ada, sequence, text));
    confirm(&world.writer, messages).await;
    confirm(&world.writer, [proposed(THREAD, dan, WISH)]).await;
}

#[tokio::test]
async fn a_body_by_its_hash() {
    let cast = Cast::new().await;
    for person in &cast.people {
        let mut shown = vec![];
        for text in ALL {
            let answer = cast.get(person, &format!("/v1/threads/{THREAD}/contents/{}", hash(text))).await;
            match answer.status() {
                StatusCode::OK => shown.push(answer.good::<Content>().await),
                _ => {
                    assert_eq!(answer.refusal().await, (404, Code::UnknownContent), "{} {text}", person.name);
                }
            }
        }
        assert_eq!(Seen::of(shown), person.may, "{}", person.name);
    }
}

/// The chain contradicted the store: it cannot tell any more who is a co-author.
#[tokio::test]
async fn in_a_thread_that_is_stopped_co_authors_read_what_a_stranger_reads() {
    let cast = Cast::new().await;
    let (entity, reason) = (EntityKey::Thread(THREAD), "it differs".to_owned());
    let stopped = Stopped { thread: THREAD, entity, reason, derived: None, on_chain: None };
    cast.world.writer.stop_thread(stopped).await.unwrap();
    let named = async {
        while !cast.world.get("/v1/health").await.text().await.contains(&THREAD.to_string()) {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, named).await.expect("health does not name the thread");
    let path = format!("/v1/threads/{THREAD}/contents/{}", hash(THREADS));
    for person in &cast.people {
        let is_author = person.name == "the author";
        assert_eq!(cast.get(person, &path).await.status() == StatusCode::OK, is_author, "{}", person.name);
        let texts: &[&str] = if is_author { &MESSAGES } else { &[PUBLIC] };
        let found = cast.search(person, "q=choir").await;
        assert_eq!(found, person.may.among(texts), "{}", person.name);
    }
}

#[tokio::test]
async fn who_may_not_know_of_a_body_learns_nothing_of_it_by_preparing() {
    let cast = Cast::new().await;
    let somebody = cast.people.iter().find(|person| person.name == "somebody").unwrap();
    for text in [THREADS, DRAFT, WISH, "never uploaded"] {
        let publish = Prepare::Publish { thread: THREAD, hash: hash(text) };
        let path = "/v1/transactions/prepare";
        let problem = cast.world.post(path, somebody.token.as_deref(), &publish).await.problem().await;
        assert_eq!((problem.status, problem.code), (409, Code::BodyMissing), "{text}");
        assert!(problem.detail.starts_with("upload the body"), "{text}: {}", problem.detail);
    }
}

#[tokio::test]
async fn the_messages_of_a_thread() {
    let cast = Cast::new().await;
    for person in &cast.people {
        let view: ThreadView = cast.get(person, &format!("/v1/threads/{THREAD}")).await.good().await;
        let shown = view.messages.into_iter().filter_map(|message| message.content);
        assert_eq!(Seen::of(shown), person.may.among(&MESSAGES), "{}", person.name);
    }
}

#[tokio::test]
async fn the_proposals_of_a_thread() {
    let cast = Cast::new().await;
    for person in &cast.people {
        let view: Proposals = cast.get(person, &format!("/v1/threads/{THREAD}/proposals")).await.good().await;
        let shown = view.proposals.into_iter().filter_map(|proposal| proposal.content);
        assert_eq!(Seen::of(shown), person.may.among(&[WISH]), "{}", person.name);
    }
}

#[tokio::test]
async fn searches_by_words() {
    let cast = Cast::new().await;
    let ada = cast.ada.wallet();
    for person in &cast.people {
        let findable = |texts: &[&str]| Seen { listed: BTreeSet::new(), ..person.may.among(texts) };
        let searches: [(String, &[&str]); 10] = [
            ("q=choir".into(), &MESSAGES),
            ("q=choir&mode=words".into(), &MESSAGES),
            ("q=choir&mode=hybrid".into(), &MESSAGES),
            (format!("q=choir&thread={THREAD}"), &MESSAGES),
            (format!("q=choir&author={ada}&from=0"), &MESSAGES),
            ("q=choir&status=pending".into(), &[DRAFT, WISH]),
            (format!("q=choir&status=pending&thread={THREAD}"), &[DRAFT, WISH]),
            (format!("q=choir&status=pending&author={ada}"), &[DRAFT]),
            ("q=choir&status=rejected".into(), &[]),
            ("q=choir&status=erased".into(), &[]),
        ];
        for (query, texts) in searches {
            assert_eq!(cast.search(person, &query).await, findable(texts), "{} {query}", person.name);
        }
    }
}

#[tokio::test]
async fn the_newest() {
    let cast = Cast::new().await;
    for person in &cast.people {
        let searches: [(String, &[&str]); 3] = [
            ("q=".into(), &MESSAGES),
            (format!("q=&thread={THREAD}&until=9999999"), &MESSAGES),
            ("q=&status=pending".into(), &[DRAFT, WISH]),
        ];
        for (query, texts) in searches {
            let seen = cast.search(person, &query).await;
            assert_eq!(seen, person.may.among(texts), "{} {query}", person.name);
        }
    }
}

#[tokio::test]
async fn meaning_needs_a_model() {
    let cast = Cast::new().await;
    let answer = cast.get(&cast.people[0], "/v1/search?q=choir&mode=meaning").await;
    assert_eq!(answer.refusal().await, (422, Code::NoMeaning));
}

#[tokio::test]
async fn an_author_erases_and_nobody_else() {
    let cast = Cast::new().await;
    let path = format!("/v1/threads/{THREAD}/contents/{}", hash(THREADS));
    let erase =
        async |person: &Person| cast.world.send(Method::DELETE, &path, person.token.as_deref(), None).await;
    let [stranger, somebody, author, co_author, ..] = cast.people.as_slice() else {
        panic!("the cast is not complete")
    };
    assert_eq!(erase(stranger).await.refusal().await, (401, Code::NotSignedIn));
    assert_eq!(erase(somebody).await.refusal().await, (404, Code::UnknownContent));
    assert_eq!(erase(co_author).await.refusal().await, (403, Code::NotTheAuthor));
    for _ in 0..2 {
        let rest: Content = erase(author).await.good().await;
        assert_eq!((rest.body, rest.salt, rest.hash), (None, None, hash(THREADS)));
    }
    for person in [author, co_author] {
        assert_eq!(cast.get(person, &path).await.refusal().await, (410, Code::ContentErased));
        assert!(!cast.search(person, "q=choir").await.texts.contains(THREADS));
    }
    assert_eq!(cast.get(somebody, &path).await.refusal().await, (404, Code::UnknownContent));
    let (body, visibility) = (THREADS.to_owned(), Visibility::Public);
    let again = Upload { thread: THREAD, hash: hash(THREADS), salt: SALT, body, visibility };
    let answer = cast.world.post("/v1/contents", author.token.as_deref(), &again).await;
    assert_eq!(answer.refusal().await, (410, Code::ContentErased));
}
