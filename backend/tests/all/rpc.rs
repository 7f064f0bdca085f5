//! An RPC endpoint that says what a test wants to hear.

use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// What the endpoint was sent, and what it answers.
pub struct Rpc {
    pub url: String,
    sent: Arc<Mutex<Vec<String>>>,
    serving: JoinHandle<()>,
}

impl Rpc {
    /// Takes everything.
    pub async fn willing() -> Self {
        Self::start("127.0.0.1:0", Value::Null, vec![]).await
    }

    /// Says that this is what `program` answers in simulation and preflight.
    pub async fn refusing(error: Value, program: &str) -> Self {
        Self::start("127.0.0.1:0", error, vec![format!("Program {program} failed: so it is")]).await
    }

    pub async fn start(address: &str, error: Value, logs: Vec<String>) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let sent: Arc<Mutex<Vec<String>>> = Arc::default();
        let log = sent.clone();
        let answer =
            move |Json(request): Json<Value>| async move { Json(respond(&request, &error, &logs, &log)) };
        let app = Router::new().route("/", post(answer));
        let serving = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url, sent, serving }
    }

    /// How many transactions were sent.
    pub fn sent(&self) -> usize {
        self.sent.lock().unwrap().len()
    }
}

impl Drop for Rpc {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn respond(request: &Value, error: &Value, logs: &[String], sent: &Mutex<Vec<String>>) -> Value {
    let context = json!({"slot": 5});
    let result = match request["method"].as_str().unwrap() {
        "getSlot" => json!(5),
        "getLatestBlockhash" => {
            let blockhash = bs58::encode([8; 32]).into_string();
            json!({"context": context, "value": {"blockhash": blockhash, "lastValidBlockHeight": 155}})
        }
        "simulateTransaction" => {
            json!({"context": context, "value": {"err": error, "logs": logs, "unitsConsumed": 4321}})
        }
        "sendTransaction" => {
            let transaction = request["params"][0].as_str().unwrap().to_owned();
            let signature = first_signature(&transaction);
            sent.lock().unwrap().push(transaction);
            json!(signature)
        }
        other => panic!("the backend asks for {other}"),
    };
    json!({"jsonrpc": "2.0", "id": request["id"], "result": result})
}

fn first_signature(transaction: &str) -> String {
    use base64::Engine;
    let bytes = base64::engine::general_purpose::STANDARD.decode(transaction).unwrap();
    bs58::encode(&bytes[1..65]).into_string()
}
