"use strict";
// Search over all artifacts: addresses, distributions by version, and files.

// Results of each kind on the page. A narrower query shows the others.
const RESULTS = 30;
// Milliseconds without a further letter after which a search starts.
const TYPING = 80;

let fileIndex = null;

/**
 * Every path of every distribution once, with the artifacts that contain it. Made in slices, because
 * a large repository has hundreds of thousands of files.
 */
async function indexFiles(pause) {
  const listed = new Map();
  for (const artifact of REPORT.artifacts) {
    for (const [owner, list] of artifact.files) {
      const distribution = artifact.distributions[owner];
      const group = distribution ? `${distribution.name} ${distribution.version}` : FIRST_PARTY;
      // Lists of one version differ if a runtime has bytecode of its own, for example.
      if (!listed.has(group)) listed.set(group, new Map());
      const lists = listed.get(group);
      if (!lists.has(list)) lists.set(list, []);
      lists.get(list).push({ artifact, owner });
    }
  }
  const index = [];
  for (const [group, lists] of listed) {
    const files = new Map();
    for (const [list, places] of lists) {
      for (const [path, bytes] of REPORT.file_lists[list]) {
        const found = files.get(path);
        if (found) found.places.push(places);
        else files.set(path, { path, bytes, group, text: path.toLowerCase(), places: [places] });
        if (pause.isDue()) await pause.now();
      }
    }
    index.push(...files.values());
  }
  return index;
}

let searches = 0;

function showSearch(values) {
  const results = element("div", { "aria-live": "polite" });
  const update = (next) => {
    const query = next.get("q") ?? "";
    if (input.value !== query) input.value = query;
    search(query, results);
  };
  return { nodes: [element("h1", {}, "Search"), results], update };
}

function search(text, results) {
  const number = ++searches;
  const query = text.trim().toLowerCase();
  if (!query) {
    results.ariaBusy = "false";
    results.replaceChildren(element("p", {}, "Type a part of the name of a distribution, a file, " +
      "a function or a layer."));
    return;
  }
  results.ariaBusy = "true";
  runInSlices(() => number === searches, async (pause) => {
    await pause.now(TYPING);
    const distributions = matchingDistributions(query);
    const addresses = [...ARTIFACTS.keys()].filter((each) => each.toLowerCase().includes(query));
    const head = [
      addresses.length ? section("Functions and layers",
        shortList(addresses, 20)) : null,
      distributions.length ? section("Distributions", distributions.map(distributionResult)) : null,
    ].filter(Boolean);
    results.replaceChildren(...head, element("p", {}, "Searching files …"));
    fileIndex ??= await indexFiles(pause);
    const files = await matchingFiles(query, pause);
    results.replaceChildren(...head, ...fileResults(files));
    if (!results.firstChild) results.append(`Nothing contains “${text.trim()}”.`);
    results.ariaBusy = "false";
  });
}

/** By name: versions, each with the artifacts that contain it or use it from a layer. */
function matchingDistributions(query) {
  const found = new Map();
  const normalized = normalizeName(query);
  for (const artifact of REPORT.artifacts) {
    for (const distribution of artifact.distributions) {
      const name = normalizeName(distribution.name);
      if (!`${name} ${distribution.version}`.includes(normalized) && !name.includes(normalized)) continue;
      if (!found.has(name)) found.set(name, { name: distribution.name, versions: new Map() });
      const { versions } = found.get(name);
      if (!versions.has(distribution.version)) versions.set(distribution.version, []);
      versions.get(distribution.version).push({ artifact, distribution });
    }
  }
  // The exact name first, then names that begin with the query.
  const rank = (name) => (name === normalized ? 0 : name.startsWith(normalized) ? 1 : 2);
  return [...found].sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1))
    .map(([, each]) => each).slice(0, RESULTS);
}

function distributionResult({ name, versions }) {
  const several = versions.size > 1 ? element("span.note", {}, count(versions.size, "version")) : null;
  return element("article.result", {},
    element("h3", {}, name, several),
    [...versions].map(([version, places]) => {
      const own = (kind) => places.filter(({ artifact, distribution }) =>
        artifact.kind === kind && distribution.layer === null);
      const through = places.filter(({ distribution }) => distribution.layer !== null);
      return element("div.version", {},
        element("h4", {}, version, element("span.note", {},
          `up to ${formatBytes(Math.max(...places.map((p) => p.distribution.unzipped_bytes)))}`)),
        placeList(own("function"), "function", name),
        placeList(own("layer"), "layer", name),
        placeList(through, "function through a layer", name, "functions through a layer"));
    }));
}

function placeList(places, noun, name, plural) {
  if (!places.length) return null;
  const open = ({ artifact, distribution }) => distribution.layer === null
    ? artifactLink(artifact.address, { at: distribution.name })
    : artifactLink(artifact.address, { why: distribution.name });
  return element("div.places", {},
    element("p", {}, count(places.length, noun, plural)), shortList(places, 6, open));
}

async function matchingFiles(query, pause) {
  const found = [];
  for (const file of fileIndex) {
    if (file.text.includes(query)) found.push(file);
    if (pause.isDue()) await pause.now();
  }
  return found;
}

function fileResults(files) {
  if (!files.length) return [];
  const groups = new Map();
  for (const file of files) {
    if (!groups.has(file.group)) groups.set(file.group, []);
    groups.get(file.group).push(file);
  }
  const limited = groups.size > RESULTS
    ? element("p.note", {}, `The first ${RESULTS} of ${count(groups.size, "distribution")}.`)
    : null;
  return [section("Files", limited, [...groups].slice(0, RESULTS).map(([group, members]) =>
    element("article.result", {},
      element("h3", {}, group, element("span.note", {}, count(members.length, "file"))),
      growingList(members, fileResult))))];
}

/** The first results of a group, and a button for more. */
function growingList(items, show, shown = 3) {
  const list = element("div", {}, items.slice(0, shown).map(show));
  const more = element("button.more", { type: "button" });
  const grow = () => {
    more.hidden = shown >= items.length;
    more.textContent = `${count(items.length - shown, "more file", "more files")}`;
  };
  more.onclick = () => {
    list.append(...items.slice(shown, shown + ROWS).map(show));
    list.children[shown].querySelector("a").focus();
    shown += ROWS;
    grow();
  };
  grow();
  return [list, more];
}

function fileResult({ path, bytes, places }) {
  return element("div.places", {},
    element("p", {}, breakable(path), element("span.note", {}, formatBytes(bytes))),
    shortList(places.flat(), 3, ({ artifact, owner }) => {
      const at = artifact.distributions[owner]?.name ?? FIRST_PARTY;
      return artifactLink(artifact.address, { at, file: path });
    }));
}

/** A path that the browser breaks after slashes. */
function breakable(path) {
  return path.split(/(?<=\/)/).flatMap((part) => [part, element("wbr")]);
}
