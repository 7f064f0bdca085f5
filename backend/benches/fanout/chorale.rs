//! Chorale's backend as a process of its own.

use crate::peer::{Peer, Publisher, Running, spawn};
use crate::story::{THREAD, confirm, published};
use crate::wallet::Keys;
use chorale_domain::id::Signature;
use chorale_store::Writer;
use chorale_wire::socket::{ClientFrame, Room};
use std::collections::VecDeque;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt as _, BufReader, stdin};
use tokio::process::Command;
use tokio_tungstenite::tungstenite::Message;

#[path = "../../tests/all/world.rs"]
#[expect(dead_code, reason = "the tests ask more of a world")]
mod world;

/// Messages that an indexer confirms at a time, in a slot of a busy thread.
const AT_A_TIME: usize = 16;

/// Transactions that are confirmed and not final yet, as on the chain, where it takes 32 slots.
const UNSETTLED: usize = 32;

/// Starts this program as a server.
pub async fn start() -> Result<Running, String> {
    let this = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut command = Command::new(this);
    command.arg("serve").stderr(Stdio::inherit());
    let mut server = spawn(command)?;
    let mut lines = BufReader::new(server.stdout.take().ok_or("no output")?).lines();
    let mut line = async || lines.next_line().await.ok().flatten().ok_or("the server ended at its start");
    let (address, token) = (line().await?, line().await?);
    let greeting = [
        ClientFrame::Authenticate { token },
        serde_json::from_value(serde_json::json!({"type": "subscribe", "room": Room::Thread(THREAD)}))
            .map_err(|error| error.to_string())?,
    ];
    let greeting = greeting.iter().map(|frame| serde_json::to_string(frame).map(Message::text));
    let greeting = greeting.collect::<Result<_, _>>().map_err(|error| error.to_string())?;
    let publisher = Publisher::Line(server.stdin.take().ok_or("no input")?);
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    Ok(Running::new((Peer::Chorale, format!("ws://{address}/v1/ws")), greeting, publisher, (server, folder)))
}

/// Serves until its input ends. Says where, and a token; each line of input is how many messages to confirm.
pub async fn serve() {
    let author = Keys::new(7);
    let world = world::World::with_thread(author.wallet()).await;
    println!("{}\n{}", world.address, world.sign_in(&author).await);
    let mut lines = BufReader::new(stdin()).lines();
    let (mut sequence, mut unsettled) = (0, VecDeque::new());
    while let Ok(Some(line)) = lines.next_line().await {
        let until = sequence + line.parse::<u64>().expect("a line is a number of messages");
        while sequence < until {
            let some = sequence..until.min(sequence + AT_A_TIME as u64);
            let messages =
                some.clone().map(|number| published(THREAD, author.wallet(), number, &number.to_string()));
            unsettled.extend(confirm(&world.writer, messages.collect::<Vec<_>>()).await);
            settle(&world.writer, &mut unsettled).await;
            sequence = some.end;
        }
    }
}

/// What is old enough becomes final.
async fn settle(writer: &Writer, unsettled: &mut VecDeque<Signature>) {
    let final_now = unsettled.len().saturating_sub(UNSETTLED);
    if let Some(last) = unsettled.drain(..final_now).next_back() {
        writer.promote(last).await.expect("the store knows what was confirmed");
    }
}
