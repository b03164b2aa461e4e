"use strict";
// The document, and values that several views derive from it. Nothing here touches the page.

const REPORT = JSON.parse(document.getElementById("document").textContent);

const ARTIFACTS = new Map(REPORT.artifacts.map((artifact) => [artifact.address, artifact]));
const FUNCTIONS = REPORT.artifacts.filter((artifact) => artifact.kind === "function");
const LAYERS = REPORT.artifacts.filter((artifact) => artifact.kind === "layer");

// Each attached layer, also those of other repositories, with the functions that attach it.
const ATTACHED = new Map(LAYERS.map((layer) => [layer.address, []]));
for (const artifact of FUNCTIONS) {
  for (const layer of artifact.layers) {
    if (!ATTACHED.has(layer)) ATTACHED.set(layer, []);
    ATTACHED.get(layer).push(artifact.address);
  }
}

// The categories of files, in the order of the legend. Each has a color and a pattern in page.css.
const CATEGORIES = {
  first: "first-party",
  third: "third-party",
  native: "native",
  bytecode: "bytecode",
  metadata: "metadata",
};

function categoryOf(owner, kind) {
  if (kind in CATEGORIES) return kind;
  return owner === -1 ? "first" : "third";
}

// Texts

/** A size like in the output of `package`: B, or KiB and MiB with one decimal place. */
function formatBytes(count) {
  if (count === null) return "–";
  const size = Math.abs(count);
  if (size < 1024) return `${count} B`;
  if (size < 1024 * (1024 - 0.05)) return `${(count / 1024).toFixed(1)} KiB`;
  return `${(count / 1024 / 1024).toFixed(1)} MiB`;
}

function formatChange(before, after) {
  const change = (after ?? 0) - (before ?? 0);
  return change === 0 ? "±0" : `${change > 0 ? "+" : "−"}${formatBytes(Math.abs(change))}`;
}

function formatShare(part, whole) {
  const percent = whole ? (100 * part) / whole : 0;
  if (percent > 0 && percent < 0.1) return "<0.1 %";
  return `${percent.toFixed(percent < 10 ? 1 : 0)} %`;
}

function formatTime(microseconds) {
  const milliseconds = microseconds / 1000;
  return `${milliseconds.toFixed(milliseconds < 100 ? 1 : 0)} ms`;
}

function count(number, noun, plural = `${noun}s`) {
  return `${number.toLocaleString("en-US")} ${number === 1 ? noun : plural}`;
}

const sum = (values) => values.reduce((total, value) => total + (value ?? 0), 0);

/** Names of distributions are equal if they differ in case, "-", "_" and "." only. */
const normalizeName = (name) => name.toLowerCase().replace(/[-_.]+/g, "-");

// Files as a tree

const FIRST_PARTY = "first-party files";
const trees = new Map();

/**
 * The files of an artifact: first-party files and distributions, then folders, then files.
 *
 * A node has `name`, `bytes`, `files` (their number), `category` (with most of the bytes), `parent`,
 * and for folders `children`, a map sorted by size. A node of the first level also has `owner`, a
 * distribution or null. Folders with nothing but one folder become one node: "google/cloud".
 */
function contentTree(artifact) {
  if (!trees.has(artifact.address)) trees.set(artifact.address, buildTree(artifact));
  return trees.get(artifact.address);
}

function buildTree(artifact) {
  const root = folder(artifact.address, null);
  for (const [path, bytes, owner, kind] of artifact.files ?? []) {
    const distribution = owner === -1 ? null : artifact.distributions[owner];
    const top = child(root, distribution ? distribution.name : FIRST_PARTY);
    top.owner = distribution;
    const names = path.split("/");
    let parent = top;
    for (const name of names.slice(0, -1)) parent = child(parent, name);
    const name = names[names.length - 1];
    const category = categoryOf(owner, kind);
    // A file and a folder cannot have the same path, so that a name is unique in its folder.
    parent.children.set(name, { name, bytes, files: 1, category, parent, path });
  }
  summarize(root);
  return root;
}

function folder(name, parent) {
  return { name, parent, children: new Map() };
}

function child(parent, name) {
  let node = parent.children.get(name);
  if (!node) parent.children.set(name, (node = folder(name, parent)));
  return node;
}

/** Merge folders that contain only a folder, sort by size, and add up sizes and categories. */
function summarize(node) {
  const bytesOf = {};
  node.bytes = node.files = 0;
  const nodes = [];
  for (let each of node.children.values()) {
    if (each.children) {
      while (each.children.size === 1 && node.parent) {
        const [only] = each.children.values();
        if (!only.children) break;
        only.name = `${each.name}/${only.name}`;
        only.parent = node;
        each = only;
      }
      summarize(each);
    }
    nodes.push(each);
    node.bytes += each.bytes;
    node.files += each.files;
    const shares = each.bytesOf ?? { [each.category]: each.bytes };
    for (const category in shares) bytesOf[category] = (bytesOf[category] ?? 0) + shares[category];
  }
  nodes.sort((a, b) => b.bytes - a.bytes || (a.name < b.name ? -1 : 1));
  node.children = new Map(nodes.map((each) => [each.name, each]));
  node.bytesOf = bytesOf;
  const [first = "first", ...others] = Object.keys(bytesOf);
  node.category = others.reduce((a, b) => (bytesOf[b] > bytesOf[a] ? b : a), first);
}

/** The node at `names` below the root, or the last one on this path that exists. */
function nodeAt(artifact, names) {
  let node = contentTree(artifact);
  for (const name of names) node = node.children?.get(name) ?? node;
  return node;
}

/** The names from the root, which it excludes, to a node. */
function namesTo(node) {
  const names = [];
  for (let each = node; each.parent; each = each.parent) names.unshift(each.name);
  return names;
}

/** The names that lead to a file. Merged folders make them differ from the parts of its path. */
function namesOfFile(artifact, path, owner) {
  const distribution = owner === -1 ? null : artifact.distributions[owner];
  const names = [distribution ? distribution.name : FIRST_PARTY];
  let node = contentTree(artifact).children.get(names[0]);
  let rest = path;
  while (node?.children) {
    const next = [...node.children.values()].find(
      (each) => rest === each.name || (each.children && rest.startsWith(`${each.name}/`)),
    );
    if (!next) break;
    names.push(next.name);
    rest = rest.slice(next.name.length + 1);
    node = next;
  }
  return names;
}
