// A person with matrix-js-sdk and its Rust encryption, as Element Web has it: asks in an encrypted
// room, and prints the finished answer as it reads it. For tests/e2e/test_js_sdk.py.
//
//     node reader.mjs FOLDER '{"baseUrl": …, "userId": …, "deviceId": …, "accessToken": …, "room": …}'
//
// FOLDER is where `npm install matrix-js-sdk` was run. One line of JSON on stdout.

import { pathToFileURL } from "node:url";

for (const level of ["debug", "error", "info", "log", "trace", "warn"]) console[level] = () => {};
const [folder, given] = process.argv.slice(2);
const { room, ...account } = JSON.parse(given);
const sdk = await import(pathToFileURL(`${folder}/node_modules/matrix-js-sdk/lib/index.js`));
const quiet = { trace() {}, debug() {}, info() {}, warn() {}, error() {}, getChild: () => quiet };

const client = sdk.createClient({ ...account, logger: quiet });
await client.initRustCrypto({ useIndexedDB: false });
await client.startClient({ initialSyncLimit: 20 });
await new Promise((done) => client.once("sync", done));
while (!client.getRoom(room)?.hasEncryptionStateEvent()) {
    await new Promise((done) => client.once("sync", done));
}

// What was said before this device was there it cannot read, and need not.
const began = Date.now();
const seen = { edits: 0, unreadable: 0, clear: 0 };
const finished = new Promise((done) => {
    async function look(event) {
        if (event.getRoomId() !== room || event.getSender() === account.userId) return;
        if (event.getTs() < began) return;
        if (event.isDecryptionFailure()) seen.unreadable += 1;
        if (event.getType() !== "m.room.message") return;
        if (!event.isEncrypted()) seen.clear += 1;
        const content = event.getContent();
        if (content["m.new_content"]) seen.edits += 1;
        const shown = content["m.new_content"] ?? content;
        if (!shown["dev.llmstream.answer"]) return;
        const about = await client.getCrypto().getEncryptionInfoForEvent(event);
        done({ body: shown.body, shield: about?.shieldColour, why: about?.shieldReason });
    }
    client.on("event", look);
    client.on("Event.decrypted", look);
});
await client.sendEvent(room, "m.room.message", { msgtype: "m.text", body: "!ask where is the key?" });
const answer = await finished;
client.stopClient();
process.stdout.write(`${JSON.stringify({ ...answer, ...seen })}\n`, () => process.exit(0));
