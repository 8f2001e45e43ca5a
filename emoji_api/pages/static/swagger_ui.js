// Starts Swagger UI, and gives it the theme of the page.
"use strict";

(() => {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const root = document.documentElement;

  function follow() {
    root.classList.toggle("dark-mode", root.dataset.theme ? root.dataset.theme === "dark" : dark.matches);
  }

  // mends what screen readers stumble over: links inside of buttons, a missing level of headings, text outside of landmarks
  function accessible({ React }) {
    const { createElement } = React;
    return {
      wrapComponents: {
        DeepLink: () => ({ text }) => createElement("span", null, text),
        InfoContainer: (Original) => (props) =>
          createElement(
            "section",
            { "aria-label": "About the API" },
            createElement(Original, props),
            createElement("h2", { className: "hidden-text" }, "Operations"),
          ),
      },
    };
  }

  follow();
  dark.addEventListener("change", follow);
  document.addEventListener("themechange", follow);

  const container = document.getElementById("swagger-ui");
  window.SwaggerUIBundle({ ...JSON.parse(container.dataset.config), domNode: container, plugins: [accessible] });
})();
