// A suite without browsers, published by playwright-azure-reporter as its README shows it.
module.exports = {
  testDir: ".",
  testMatch: "suite.spec.js",
  retries: 1,
  workers: 2,
  reporter: [
    ["list"],
    [
      "@alex_neo/playwright-azure-reporter",
      {
        orgUrl: process.env.ADO_URL,
        token: process.env.ADO_TOKEN,
        planId: 10,
        projectName: "Shop",
        testRunTitle: "Playwright suite",
        publishTestResultsMode: process.env.PUBLISH_MODE,
        uploadAttachments: true,
        attachmentsType: ["log"],
        testRunConfig: { owner: { displayName: "Ann" }, comment: "by playwright", configurationIds: [1] },
      },
    ],
  ],
};
