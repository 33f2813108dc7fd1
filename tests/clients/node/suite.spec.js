const { test, expect } = require("@playwright/test");

test("[101] Valid login", async ({}, info) => {
  await info.attach("log", { body: "signed in", contentType: "text/plain" });
  expect(1 + 1).toBe(2);
});

test("[102] Wrong password", async ({}, info) => {
  await info.attach("log", { body: "refused", contentType: "text/plain" });
  expect("Sign in").toBe("Welcome");
});

test.skip("[103] Deep", () => {});

test("without a case", () => {});
