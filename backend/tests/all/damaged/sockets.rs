//! Damaged frames over real sockets.

use super::{AUTHOR, damage};
use crate::story::THREAD;
use crate::wallet::Keys;
use crate::world::{PATIENCE, World};
use futures::{SinkExt as _, StreamExt as _};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Frames sent before it is asked whether the backend still answers.
const AT_A_TIME: usize = 50;

/// Sends so many frames; returns how many connections the backend ended because of one.
pub async fn fuzz(world: &World, seed: u64, cases: u64) -> u64 {
    let token = world.sign_in(&Keys::new(AUTHOR)).await;
    let (frames, mut socket, mut ended) = (frames(&token), connect(world, &token).await, 0);
    for first in (seed..seed + cases).step_by(AT_A_TIME) {
        for case in first..(first + AT_A_TIME as u64).min(seed + cases) {
            // It may have been ended already, which the ping notices.
            let _ = socket.send(frame(&frames, &mut StdRng::seed_from_u64(case))).await;
        }
        if !answers(&mut socket).await {
            ended += 1;
            socket = connect(world, &token).await;
        }
    }
    ended
}

async fn connect(world: &World, token: &str) -> Socket {
    let (mut socket, _) =
        connect_async(format!("ws://{}/v1/ws", world.address)).await.expect("the backend answers");
    let hello = json!({"type": "authenticate", "token": token}).to_string();
    socket.send(Message::text(hello)).await.expect("the backend listens");
    socket
}

fn frames(token: &str) -> Vec<Value> {
    let thread = format!("thread/{THREAD}");
    vec![
        json!({"type": "authenticate", "token": token}),
        json!({"type": "subscribe", "room": "lobby"}),
        json!({"type": "subscribe", "room": thread, "after": {"cursor": 1, "tag": "00112233"}}),
        json!({"type": "subscribe", "room": format!("wallet/{}", Keys::new(AUTHOR).wallet())}),
        json!({"type": "unsubscribe", "room": thread}),
        json!({"type": "ping"}),
    ]
}

fn frame(frames: &[Value], rng: &mut StdRng) -> Message {
    let good = frames.choose(rng).expect("there are frames");
    let damaged = damage::json_of(good, rng);
    match String::from_utf8(damaged) {
        Ok(text) => Message::text(text),
        Err(bytes) => Message::binary(bytes.into_bytes()),
    }
}

/// Whether a ping is answered; false where the connection was ended in an orderly way.
async fn answers(socket: &mut Socket) -> bool {
    let ping = Message::Ping(b"still there?".as_slice().into());
    if socket.send(ping).await.is_err() {
        return false;
    }
    loop {
        match timeout(PATIENCE, socket.next())
            .await
            .expect("the backend neither answers nor ends the connection")
        {
            Some(Ok(Message::Pong(_))) => return true,
            Some(Ok(Message::Close(_)) | Err(_)) | None => return false,
            Some(Ok(_)) => {}
        }
    }
}
