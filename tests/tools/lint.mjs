// GitHub's own parser over the workflows and actions below a folder: node lint.mjs NODE_MODULES OURS FOLDER
// Prints one finding a line. `$/` and `./` are resolved in the folder, trainstop/trainstop in OURS; what else is remote
// is taken as it is.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { register } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

// The packages import JSON in a way that Node does not allow by itself.
register(
  "data:text/javascript," +
    encodeURIComponent(`
import { readFileSync } from "node:fs";
export async function load(url, context, next) {
  if (!url.endsWith(".json")) return next(url, context);
  return { format: "module", shortCircuit: true, source: "export default " + readFileSync(new URL(url), "utf8") };
}`),
);

const [modules, ours, root] = process.argv.slice(2);
const take = (path) => import(pathToFileURL(join(modules, path)).href);
const { validate } = await take("@actions/languageservice/dist/index.js");
const { TextDocument } = await take("vscode-languageserver-textdocument/lib/esm/main.js");

const wanted = /^\.github\/workflows\/[^/]+\.ya?ml$|^(actions\/[^/]+\/)?action\.ya?ml$/;
const read = (folder, path) => {
  const file = join(folder, path);
  if (!existsSync(file)) throw new Error(`there is no ${path}`);
  return { name: path, content: readFileSync(file, "utf8") };
};
const folderOf = (ref) => {
  if (!ref.repository) return root;
  if (`${ref.owner}/${ref.repository}` === "trainstop/trainstop") return ours;
  throw new Error("remote");
};
const options = {
  fileProvider: { getFileContent: async (ref) => read(folderOf(ref), ref.path) },
  actionsMetadataProvider: { fetchActionMetadata: async () => ({ name: "remote", description: "", inputs: undefined }) },
};

const files = readdirSync(root, { recursive: true }).map(String).filter((name) => wanted.test(name));
for (const name of files.sort()) {
  const path = join(root, name);
  const document = TextDocument.create(pathToFileURL(path).href, "yaml", 1, readFileSync(path, "utf8"));
  for (const { message, range } of await validate(document, options)) {
    console.log(`${name}:${range.start.line + 1}: ${message}`);
  }
}
