// Mermaid's own parser: node mermaid.mjs NODE_MODULES < CHARTS
// CHARTS is a JSON list of texts; prints for each the kind of diagram, or why it is none. It wants a window to be there.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const take = (path) => import(pathToFileURL(join(process.argv[2], path)).href);
const { JSDOM } = await take("jsdom/lib/api.js");
globalThis.window = new JSDOM("").window;
globalThis.document = globalThis.window.document;
const { default: mermaid } = await take("mermaid/dist/mermaid.esm.mjs");

const kind = (text) => mermaid.parse(text).then(({ diagramType }) => diagramType, (error) => String(error));
console.log(JSON.stringify(await Promise.all(JSON.parse(readFileSync(0, "utf8")).map(kind))));
