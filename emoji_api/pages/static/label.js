// Labelling of posts: one key per label. Posts come from the HTTP API and are shown as text.
"use strict";

(() => {
  const STORED_KEY = "emoji-api-admin-key";
  const PAGE_SIZE = 20;
  const element = (id) => document.getElementById(id);
  const root = element("labelling");
  const emoji = JSON.parse(root.dataset.emoji);

  let key = takeKey() || sessionStorage.getItem(STORED_KEY);
  let task = new URLSearchParams(location.search).get("task");
  let labels = [];
  let posts = []; // the queue, the current post first
  let given = []; // labels that can be undone, the last one at the end
  let busy = false;

  // The key in the fragment is not sent to a server. It is removed from the address bar and the history.
  function takeKey() {
    const found = new URLSearchParams(location.hash.slice(1)).get("key");
    if (found) {
      sessionStorage.setItem(STORED_KEY, found);
      history.replaceState(null, "", location.pathname + location.search);
    }
    return found;
  }

  class ApiError extends Error {
    constructor(status, message) {
      super(message);
      this.status = status;
    }
  }

  async function call(method, url, body) {
    let response;
    try {
      response = await fetch(url, {
        method,
        headers: { Authorization: `Bearer ${key}`, ...(body && { "Content-Type": "application/json" }) },
        body: body && JSON.stringify(body),
        cache: "no-store",
        credentials: "omit",
      });
    } catch {
      throw new ApiError(0, "The service does not answer. Check that it is running.");
    }
    if (response.status === 204) return null;
    const answer = await response.json().catch(() => ({}));
    if (!response.ok) throw new ApiError(response.status, answer.message || `The service answered ${response.status}.`);
    return answer;
  }

  function show(...ids) {
    for (const id of ["key-form", "work", "nothing"]) element(id).hidden = !ids.includes(id);
  }

  function announce(message) {
    element("status").textContent = message;
  }

  function report(message, retry) {
    const [text, button] = element("problem").children;
    text.textContent = message;
    button.hidden = !retry;
    button.onclick = retry || null;
    element("problem").hidden = !message;
  }

  function askForKey(message) {
    key = null;
    sessionStorage.removeItem(STORED_KEY);
    show("key-form");
    element("progress").hidden = true;
    report(message);
    element("key").value = "";
    element("key").focus();
  }

  // Runs one request at a time: keys and clicks meanwhile are ignored, so that no post is labelled twice.
  async function run(action) {
    if (busy) return;
    busy = true;
    showState();
    report("");
    try {
      await action();
    } catch (error) {
      if (error.status === 401 || error.status === 403) askForKey(error.message);
      else report(error.message, () => run(action));
    } finally {
      busy = false;
      showState();
    }
  }

  function showState() {
    root.setAttribute("aria-busy", String(busy));
    for (const button of root.querySelectorAll(".choice, #skip")) button.setAttribute("aria-disabled", String(busy));
    for (const id of ["undo", "undo-last"]) {
      element(id).setAttribute("aria-disabled", String(busy || !given.length));
    }
  }

  const load = () => run(() => loadQueue());

  async function loadQueue() {
    const query = new URLSearchParams({ limit: PAGE_SIZE, ...(task && { task }) });
    let answer;
    try {
      answer = await call("GET", `${root.dataset.queue}?${query}`);
    } catch (error) {
      if (error.status !== 404 || !task || labels.length) throw error;
      task = null; // the address names a task that the model does not have
      return loadQueue();
    }
    task = answer.task;
    posts = answer.posts;
    showTasks(answer.tasks);
    showLabels(answer.labels);
    showPost();
    await showProgress();
  }

  function showTasks(tasks) {
    element("task").replaceChildren(...tasks.map((name) => new Option(name, name, false, name === task)));
    element("task").parentElement.hidden = false;
  }

  function showLabels(names) {
    if (labels.join() === names.join() && element("choices").children.length) return;
    labels = names;
    const buttons = names.map((name, index) => {
      const button = document.createElement("button");
      const parts = [["span", emoji[task]?.[name] || "", "emoji"], ["span", name, ""], ["kbd", index + 1, ""]];
      button.type = "button";
      button.className = "choice";
      button.setAttribute("aria-keyshortcuts", String(index + 1));
      for (const [tag, text, className] of parts) {
        const part = button.appendChild(document.createElement(tag));
        part.textContent = text;
        part.className = className;
        if (className) part.setAttribute("aria-hidden", "true");
      }
      button.addEventListener("click", () => label(name));
      return button;
    });
    element("choices").replaceChildren(...buttons);
    element("choices").classList.toggle("many", names.length > 3);
  }

  function showPost() {
    const post = posts[0];
    show(post ? "work" : "nothing");
    if (!post) return;
    element("text").textContent = post.text;
    const time = new Date(post.time);
    element("time").dateTime = post.time;
    element("time").textContent = time.toLocaleDateString(undefined, { dateStyle: "medium" });
    const link = element("link");
    link.hidden = !/^https?:\/\//i.test(post.link || "");
    if (link.hidden) link.removeAttribute("href");
    else link.href = post.link;
  }

  async function showProgress() {
    const answer = await call("GET", `${root.dataset.accuracy}?${new URLSearchParams({ task })}`);
    const percent = (share) => Math.round(100 * share);
    let text = `${answer.labels + answer.uncertain} labelled, ${answer.labels} of them drawn at random`;
    if (answer.skipped) text += ` (${answer.skipped} skipped)`;
    if (!(answer.labels + answer.uncertain + answer.skipped)) text = "Nothing labelled yet";
    if (answer.labels) {
      const [low, high] = answer.interval.map(percent);
      text += `; accuracy so far ${percent(answer.accuracy)} % (${low} to ${high} %)`;
    }
    element("progress").textContent = `${text}.`;
    element("progress").title = `Labels since the served model was created, ${answer.since}`;
    element("progress").hidden = false;
  }

  function label(name) {
    if (element("work").hidden || !posts.length) return;
    const post = posts[0];
    run(async () => {
      let message = name === null ? "Skipped." : `Labelled ${name}.`;
      try {
        const stored = await call("POST", root.dataset.labels, { post: post.id, task, label: name });
        given.push({ id: stored.id, post });
      } catch (error) {
        if (error.status !== 409 && !(error.status === 404 && / post /.test(error.message))) throw error;
        message = error.status === 409 ? "Somebody has labelled this post meanwhile." : "This post was deleted.";
        report(message);
      }
      posts = posts.filter((queued) => queued.id !== post.id);
      await next(message);
    });
  }

  // Called after a label is stored or undone: a failure from here on must not repeat that request.
  async function next(message) {
    try {
      if (posts.length) {
        showPost();
        await showProgress();
      } else {
        await loadQueue();
      }
      announce(posts.length ? `${message} Next post: ${posts[0].text}` : `${message} Nothing to label.`);
    } catch (error) {
      if (error.status === 401 || error.status === 403) throw error;
      report(error.message, load);
    }
  }

  function undo() {
    if (!given.length || (element("work").hidden && element("nothing").hidden)) return;
    run(async () => {
      const last = given[given.length - 1];
      let message = "Undone.";
      try {
        await call("DELETE", `${root.dataset.labels}/${last.id}`);
        posts = [last.post, ...posts.filter((post) => post.id !== last.post.id)];
      } catch (error) {
        if (error.status !== 404) throw error;
        message = "This label was undone before.";
      }
      given.pop();
      await next(message);
    });
  }

  document.addEventListener("keydown", (event) => {
    // a key that is held down repeats: one press, one label
    if (event.repeat || event.ctrlKey || event.metaKey || event.altKey || !element("shortcuts").checked) return;
    if (event.target.matches("input:not([type=checkbox]), select, textarea")) return;
    const name = labels[Number(event.key) - 1];
    if (name !== undefined) label(name);
    else if (event.key.toLowerCase() === "s") label(null);
    else if (event.key.toLowerCase() === "u") undo();
    else return;
    event.preventDefault();
  });

  element("skip").addEventListener("click", () => label(null));
  element("undo").addEventListener("click", undo);
  element("undo-last").addEventListener("click", undo);
  element("reload").addEventListener("click", load);
  element("key-form").addEventListener("submit", (event) => {
    event.preventDefault();
    key = element("key").value.trim();
    sessionStorage.setItem(STORED_KEY, key);
    element("key").value = "";
    load();
  });
  element("task").addEventListener("change", (event) => {
    if (busy) {
      event.target.value = task;
      return;
    }
    task = event.target.value;
    history.replaceState(null, "", `${location.pathname}?${new URLSearchParams({ task })}`);
    given = [];
    element("task").blur(); // the keys are for labels again
    load();
  });
  addEventListener("hashchange", () => {
    key = takeKey() || key;
    if (key) load();
  });

  if (key) load();
  else askForKey("");
})();
