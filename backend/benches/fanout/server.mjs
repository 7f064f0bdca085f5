// Every client gets every message. Each line of input is how many to send, each as long as the argument says.
import { createInterface } from "node:readline";
import { WebSocketServer } from "ws";

const message = "x".repeat(Number(process.argv[2]));
const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });
server.on("listening", () => console.log(server.address().port));

function broadcast(left) {
  if (left === 0) return;
  for (const client of server.clients) client.send(message);
  // The loop's turn: else nothing is written before the last message is made.
  setImmediate(broadcast, left - 1);
}

createInterface({ input: process.stdin }).on("line", (line) => broadcast(Number(line)));
