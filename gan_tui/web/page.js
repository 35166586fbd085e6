// Keys reach the screen without a click on it first. A file of its own, because the page allows no script inside of it.
window.addEventListener("load", () => {
  setTimeout(() => document.querySelector(".xterm-helper-textarea")?.focus(), 0);
});
