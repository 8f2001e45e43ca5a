// The file tab: files are dropped anywhere on the page, and their answers are shown without loading the page again.
"use strict";

(() => {
  const form = document.getElementById("file-form");
  const input = form.elements.file;
  const answers = document.getElementById("answers");
  const status = document.getElementById("status");
  const working = document.getElementById("working");
  const zone = form.querySelector(".zone");
  let running = null; // the request that is under way

  function work(message) {
    working.hidden = !message;
    working.querySelector("span").textContent = message;
    form.setAttribute("aria-busy", String(Boolean(message)));
    if (message) status.textContent = message;
  }

  // problems are alerts, which screen readers announce by themselves
  function show(...parts) {
    answers.replaceChildren(...parts);
    for (const button of answers.querySelectorAll("[data-download]")) button.hidden = false;
    const heading = answers.querySelector("#summary");
    status.textContent = heading ? `Answers: ${heading.textContent}` : "";
    answers.scrollIntoView({ block: heading ? "start" : "nearest" });
  }

  function showTemplate(id) {
    show(document.getElementById(id).content.cloneNode(true));
  }

  function isTooLarge() {
    return input.files[0].size > Number(form.dataset.maxBytes);
  }

  async function ask(submitter) {
    if (running) running.abort();
    const file = input.files[0];
    const request = (running = new AbortController());
    if (isTooLarge()) {
      work("");
      showTemplate("too-large");
      return;
    }
    work(`Reading ${file.name} …`);
    try {
      const response = await fetch(form.action, {
        method: "POST",
        body: new FormData(form, submitter),
        headers: { Accept: "text/html" },
        signal: request.signal,
      });
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const received = page.getElementById("answers");
      const problem = page.querySelector("main .notice"); // of a service that cannot answer now
      if (received) show(...received.childNodes);
      else if (problem) show(problem);
      else showTemplate("failed");
    } catch {
      if (!request.signal.aborted) showTemplate("failed");
    }
    if (!request.signal.aborted) work("");
  }

  form.addEventListener("submit", (event) => {
    const submitter = event.submitter;
    const isDownload = submitter?.name === "format";
    if (isDownload && !isTooLarge()) {
      status.textContent = "The download starts in a moment.";
      return;
    }
    event.preventDefault();
    ask(submitter);
  });

  input.addEventListener("change", () => {
    if (input.files.length) ask(null);
  });

  const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
  document.getElementById("drop-hint").hidden = false;
  document.addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    zone.classList.add("is-over");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) zone.classList.remove("is-over");
  });
  document.addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    zone.classList.remove("is-over");
    const transfer = new DataTransfer();
    transfer.items.add(event.dataTransfer.files[0]); // one file at a time
    input.files = transfer.files;
    ask(null);
  });
})();
