// Mermaid's own parser: node mermaid.mjs NODE_MODULES < CHARTS
// CHARTS is a JSON list of texts; prints for each the kind of diagram, or why it is none,
// and the bars of a Gantt chart. It wants a window to be there.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const take = (path) => import(pathToFileURL(join(process.argv[2], path)).href);
const { JSDOM } = await take("jsdom/lib/api.js");
globalThis.window = new JSDOM("").window;
globalThis.document = globalThis.window.document;
const { default: mermaid } = await take("mermaid/dist/mermaid.esm.mjs");

const read = async (text) => {
  try {
    await mermaid.parse(text); // makes the kinds of diagrams known, too
    const { type, db } = await mermaid.mermaidAPI.getDiagramFromText(text);
    const tasks = db.getTasks().map((each) => [each.section, each.task.trim(), +each.startTime, +each.endTime, !!each.milestone]);
    return { type, tasks };
  } catch (error) {
    return { type: String(error), tasks: [] };
  }
};
const found = [];
for (const text of JSON.parse(readFileSync(0, "utf8"))) found.push(await read(text));
console.log(JSON.stringify(found));
