//! What a client that was away missed in a room.

use super::happening::Happening;
use super::room::delta;
use chorale_store::{Store, StoreError, StoredEvent};
use chorale_wire::socket::{Mark, Room};

/// Rows that are looked through for a wallet, whose events are spread over all threads. Everyone waits meanwhile.
const SCANNED: usize = 2048;
/// Rows that are read at once.
const PAGE: usize = 256;

/// What happened in a room after one mark, up to and with another. `None` if there is no such mark, or if that is more
/// than `most` events.
pub(crate) async fn between(
    store: &Store,
    room: Room,
    (after, until): (Mark, Mark),
    most: usize,
) -> Result<Option<Vec<Happening>>, StoreError> {
    if after.cursor > until.cursor {
        return Ok(None);
    }
    let events = match room {
        Room::Lobby => store.events_since(after, until.cursor, None, most).await?,
        Room::Thread(thread) => store.events_since(after, until.cursor, Some(thread), most).await?,
        Room::Wallet(_) => return scan(store, room, (after, until), most).await,
    };
    let Some(events) = events else { return Ok(None) };
    let mut missed = Vec::with_capacity(events.len());
    for event in events {
        missed.push(Happening::of(store, event).await?);
    }
    Ok(Some(missed))
}

/// Looks through all events for those that are news in the room.
async fn scan(
    store: &Store,
    room: Room,
    (mut at, until): (Mark, Mark),
    most: usize,
) -> Result<Option<Vec<Happening>>, StoreError> {
    let (mut missed, mut scanned) = (vec![], 0);
    loop {
        let Some(events) = store.events_following(at, PAGE).await? else { return Ok(None) };
        let events: Vec<StoredEvent> =
            events.into_iter().take_while(|event| event.sequence <= until.cursor).collect();
        let Some(last) = events.last().map(StoredEvent::mark) else { return Ok(Some(missed)) };
        scanned += events.len();
        for event in events {
            let happening = Happening::of(store, event).await?;
            if delta(room, &happening, 0).is_some() {
                missed.push(happening);
            }
        }
        if scanned > SCANNED || missed.len() > most {
            return Ok(None);
        }
        at = last;
    }
}
