// The playground: answers follow while somebody types. The server renders them; this script takes them from its page.
"use strict";

(() => {
  const TYPING_PAUSE = 250; // milliseconds until the service is asked
  const READING_PAUSE = 1500; // until a screen reader tells the answer
  const LONGEST_ADDRESS = 8000; // of the 8,190 bytes that the service accepts with the method and the version
  const element = (id) => document.getElementById(id);
  const form = element("ask");
  const box = element("text");
  const answer = element("answer");

  let typing;
  let reading;
  let running = null; // the controller of the last request; earlier ones are aborted

  function parameters() {
    const values = new URLSearchParams(box.value.trim() ? { text: box.value } : {});
    if (values.has("text") && element("explain").checked) values.set("explain", "true");
    return values;
  }

  function address(values) {
    return values.has("text") ? `${form.action}?${values}` : form.action;
  }

  async function ask() {
    const values = parameters();
    const url = address(values);
    if (url.length <= LONGEST_ADDRESS) await show(url, {}, url);
    else await show(form.action, { method: "POST", body: values }, form.action);
  }

  // Shows the answers on the page at `url`. Returns whether there are any, and no later request has replaced them.
  async function show(url, options, shownAddress) {
    clearTimeout(typing);
    clearTimeout(reading);
    running?.abort();
    const controller = (running = new AbortController());
    answer.setAttribute("aria-busy", "true");
    let content = null;
    try {
      const response = await fetch(url, { ...options, headers: { Accept: "text/html" }, signal: controller.signal });
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      content = page.getElementById("answer");
    } catch (error) {
      if (error.name !== "AbortError") content = null;
    }
    if (controller !== running) return false;
    answer.setAttribute("aria-busy", "false");
    replace(content);
    if (shownAddress) history.replaceState(null, "", shownAddress);
    reading = setTimeout(announce, READING_PAUSE);
    return content !== null;
  }

  function replace(content) {
    const open = [...answer.querySelectorAll("details[open]")].map((part) => part.id);
    if (content) answer.replaceChildren(...content.childNodes);
    else answer.replaceChildren(element("no-answer").content.cloneNode(true));
    for (const id of open) if (element(id)) element(id).open = true;
    prepare();
  }

  function prepare() {
    if (!navigator.clipboard) return; // the page is served without TLS
    for (const button of answer.querySelectorAll("[data-copy]")) button.hidden = false;
  }

  function announce() {
    say(element("summary")?.textContent.trim() || answer.querySelector("h2")?.textContent || "");
  }

  function say(message) {
    if (element("status").textContent !== message) element("status").textContent = message;
  }

  async function copy(button) {
    const label = button.textContent;
    try {
      await navigator.clipboard.writeText(element(button.dataset.copy).textContent);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(element(button.dataset.copy)); // to be copied by hand
      button.textContent = "Selected";
    }
    say(button.textContent);
    setTimeout(() => { button.textContent = label; }, 2000);
  }

  function soon(event) {
    if (event.isComposing) return;
    clearTimeout(typing);
    clearTimeout(reading);
    typing = setTimeout(ask, TYPING_PAUSE);
  }

  box.addEventListener("input", soon);
  box.addEventListener("compositionend", soon);
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  element("explain").addEventListener("change", ask);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    ask();
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-example]");
    const button = event.target.closest("[data-copy]");
    if (button) copy(button);
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    box.value = new URL(link.href).searchParams.get("text");
    ask();
  });
  answer.addEventListener("submit", async (event) => {
    event.preventDefault();
    const body = new URLSearchParams(new FormData(event.target));
    if (await show(form.action, { method: "POST", body })) element("correction-result")?.focus();
  });
  prepare();
})();
