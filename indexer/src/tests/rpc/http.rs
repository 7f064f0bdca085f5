//! A socket that answers HTTP requests with what a test says.

use serde_json::{Value, json};
use std::collections::VecDeque;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// One answer.
#[derive(Clone)]
pub(super) struct Answer {
    status: u16,
    headers: String,
    body: String,
}

impl Answer {
    pub(super) fn result(result: &Value) -> Self {
        Self::raw(&json!({ "jsonrpc": "2.0", "id": 1, "result": result }).to_string())
    }

    pub(super) fn error(code: i64, message: &str, data: &Value) -> Self {
        let error = json!({ "code": code, "message": message, "data": data });
        Self::raw(&json!({ "jsonrpc": "2.0", "id": 1, "error": error }).to_string())
    }

    pub(super) fn raw(body: &str) -> Self {
        Self { status: 200, headers: String::new(), body: body.into() }
    }

    /// No body; `headers` end in a line break each.
    pub(super) fn status(status: u16, headers: &str) -> Self {
        Self { status, headers: headers.into(), body: String::new() }
    }

    fn bytes(&self) -> Vec<u8> {
        let Self { status, headers, body } = self;
        let length = body.len();
        format!("HTTP/1.1 {status} x\r\nconnection: close\r\n{headers}content-length: {length}\r\n\r\n{body}")
            .into_bytes()
    }
}

/// What answers, and what it was asked.
pub(super) struct Node {
    pub url: String,
    questions: UnboundedReceiver<Value>,
}

impl Node {
    /// Gives these answers in turn, the last one again and again.
    pub(super) async fn start(answers: impl IntoIterator<Item = Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (sender, questions) = unbounded_channel();
        tokio::spawn(serve(listener, answers.into_iter().collect(), sender));
        Self { url, questions }
    }

    /// The parameters of the next question.
    pub(super) async fn asked(&mut self) -> Value {
        self.questions.recv().await.unwrap()
    }

    /// Questions that came and were not looked at.
    pub(super) fn questions(&self) -> usize {
        self.questions.len()
    }
}

async fn serve(listener: TcpListener, mut answers: VecDeque<Answer>, asked: UnboundedSender<Value>) {
    while let Ok((mut socket, _)) = listener.accept().await {
        let request = read_request(&mut socket).await;
        let answer = if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() };
        // Before the answer, so that whoever got it finds the question. Not every test looks.
        let _ = asked.send(request["params"].clone());
        socket.write_all(&answer.unwrap().bytes()).await.unwrap();
    }
}

async fn read_request(socket: &mut TcpStream) -> Value {
    let mut bytes = vec![];
    loop {
        socket.read_buf(&mut bytes).await.unwrap();
        let text = String::from_utf8_lossy(&bytes);
        if let Some((_, body)) = text.split_once("\r\n\r\n")
            && let Ok(request) = serde_json::from_str(body)
        {
            return request;
        }
    }
}
