/* Versions, status texts, descriptions, handles, the run block. */
#include "check.h"

static void versions(void)
{
    CHECK(lithe_abi_version() == LITHE_ABI_VERSION);
    CHECK(strcmp(lithe_version(), LITHE_VERSION) == 0);
    CHECK(lithe_version() == lithe_version());
    for (int32_t status = LITHE_OK; status <= LITHE_ECALLBACK; status++) {
        CHECK(strlen(lithe_status_string(status)) > 0);
        CHECK(strcmp(lithe_status_string(status), "unknown status") != 0);
    }
    CHECK(strcmp(lithe_status_string(-1), "unknown status") == 0);
    CHECK(strcmp(lithe_status_string(LITHE_ECALLBACK + 1), "unknown status") == 0);
}

static void text_protocol(void)
{
    lithe_run run = fresh_run();
    int64_t needed = -1;
    CHECK_STATUS(&run, lithe_describe("mixture", NULL, 0, &needed, &run), LITHE_OK, NULL);
    CHECK(needed > 100);

    char *text = malloc((size_t)needed + 1);
    memset(text, 'x', (size_t)needed + 1);
    int64_t again = 0;
    CHECK_STATUS(&run, lithe_describe("mixture", text, needed, &again, &run), LITHE_OK, NULL);
    CHECK(again == needed);
    CHECK((int64_t)strlen(text) == needed - 1);
    CHECK(text[needed] == 'x');
    CHECK(text[0] == '[' && text[needed - 2] == ']');
    CHECK(strstr(text, "{\"name\":\"n_components\",\"type\":\"int\",\"default\":1,\"doc\":\"") != NULL);
    CHECK(strstr(text, "{\"name\":\"tol\",\"type\":\"float\",\"default\":0.001,") != NULL);
    CHECK(strstr(text, "{\"name\":\"covariance_type\",\"type\":\"str\",\"default\":\"factor\",") != NULL);
    CHECK(strstr(text, "{\"name\":\"random_state\",\"type\":\"uint64\",\"default\":\"0\",") != NULL);
    CHECK(strstr(text, "Threads") == NULL && strstr(text, "\"-\"") == NULL);

    again = 0;
    memset(text, 'x', (size_t)needed);
    CHECK_STATUS(&run, lithe_describe("mixture", text, needed - 1, &again, &run), LITHE_EINVAL, "capacity");
    CHECK(again == needed);
    CHECK(text[0] == '\0' && text[1] == 'x');
    CHECK_STATUS(&run, lithe_describe("mixture", text, 0, &again, &run), LITHE_EINVAL, "capacity");
    CHECK_STATUS(&run, lithe_describe("mixture", text, -5, &again, &run), LITHE_EINVAL, "capacity -5");
    CHECK_STATUS(&run, lithe_describe("mixture", NULL, 10, &again, &run), LITHE_EINVAL, "out must not be NULL");
    CHECK_STATUS(&run, lithe_describe("mixture", text, needed, NULL, &run), LITHE_OK, NULL);
    CHECK(lithe_describe("mixture", text, needed, &again, NULL) == LITHE_OK);

    CHECK_STATUS(&run, lithe_describe("kmeans", NULL, 0, &needed, &run), LITHE_OK, NULL);
    CHECK_STATUS(&run, lithe_describe("lowrank", NULL, 0, &needed, &run), LITHE_OK, NULL);
    CHECK_STATUS(&run, lithe_describe("means", NULL, 0, &needed, &run), LITHE_EINVAL,
                 "gp_basis, gp_basis_model");
    CHECK_STATUS(&run, lithe_describe("lowrank_solve", NULL, 0, &needed, &run), LITHE_OK, NULL);
    CHECK_STATUS(&run, lithe_describe("lowrank_probe", text, (int64_t)strlen(text), &needed, &run), LITHE_OK, NULL);
    CHECK(strstr(text, "{\"name\":\"psd\",\"type\":\"bool\",\"default\":false,") != NULL);
    CHECK_STATUS(&run, lithe_describe(NULL, NULL, 0, &needed, &run), LITHE_EINVAL, "solver must not be NULL");
    free(text);
}

static void handles(void)
{
    blobs b = make_blobs(60);
    lithe_run run = fresh_run();
    lithe_matrix x = doubles(b.x, b.n, FEATURES);
    int64_t labels[60];

    CHECK(lithe_free(0) == LITHE_OK);
    CHECK(lithe_free(1) == LITHE_EHANDLE);
    CHECK(lithe_free(-1) == LITHE_EHANDLE);
    CHECK(lithe_free(INT64_MAX) == LITHE_EHANDLE);

    lithe_handle first = fit_blobs(&b), second = fit_blobs(&b);
    CHECK(first != 0 && second != 0 && first != second);
    CHECK(lithe_free(first) == LITHE_OK);
    CHECK(lithe_free(first) == LITHE_EHANDLE);
    CHECK_STATUS(&run, lithe_mixture_predict(first, &x, labels, &run), LITHE_EHANDLE, "has been closed");
    CHECK_STATUS(&run, lithe_mixture_predict(0, &x, labels, &run), LITHE_EHANDLE, "never opened");
    CHECK_STATUS(&run, lithe_mixture_predict(12345, &x, labels, &run), LITHE_EHANDLE, "never opened");
    CHECK_STATUS(&run, lithe_mixture_predict(second, &x, labels, &run), LITHE_OK, NULL);
    lithe_handle third = fit_blobs(&b);
    CHECK(third != first);
    CHECK(lithe_free(second) == LITHE_OK);
    CHECK(lithe_free(third) == LITHE_OK);
    free_blobs(&b);
}

static void run_block(void)
{
    int64_t needed = 0;
    lithe_run run = fresh_run();

    run.size = (int32_t)sizeof run - 8;
    memset(run.message, 'x', sizeof run.message);
    CHECK(lithe_describe("mixture", NULL, 0, &needed, &run) == LITHE_EABI);
    CHECK(run.message[0] == 'x' && run.message[sizeof run.message - 1] == 'x');
    CHECK(run.status == 0);
    run.size = 0;
    CHECK(lithe_describe("mixture", NULL, 0, &needed, &run) == LITHE_EABI);

    run = fresh_run();
    run.threads = -1;
    CHECK_STATUS(&run, lithe_describe("mixture", NULL, 0, &needed, &run), LITHE_EINVAL, "threads");
    run.threads = 1000000;
    CHECK_STATUS(&run, lithe_describe("mixture", NULL, 0, &needed, &run), LITHE_EINVAL, "threads");
    run.threads = 3;
    CHECK_STATUS(&run, lithe_describe("mixture", NULL, 0, &needed, &run), LITHE_OK, NULL);
    CHECK(run.threads == 3 && run.size == (int32_t)sizeof run);
    CHECK(isnan(run.objective) && run.iteration == 0 && run.phase[0] == '\0');

    char bytes[sizeof(lithe_run) + 8];
    memset(bytes, 0, sizeof bytes);
    CHECK(lithe_describe("mixture", NULL, 0, &needed, (lithe_run *)(void *)(bytes + 4 - (uintptr_t)bytes % 4 + 1)) == LITHE_EINVAL);

    /* A message longer than its place is cut, at the end of a character and with its NUL. */
    char name[4000];
    for (size_t i = 0; i + 2 < sizeof name; i += 2)
        memcpy(name + i, "\xc3\xa9", 2);
    name[sizeof name - 2] = '\0';
    run = fresh_run();
    CHECK_STATUS(&run, lithe_describe(name, NULL, 0, &needed, &run), LITHE_EINVAL, "unknown solver");
    size_t length = strlen(run.message);
    CHECK(length >= sizeof run.message - 3 && length < sizeof run.message);
    CHECK((unsigned char)run.message[length - 1] != 0xc3);
}

void test_library(void)
{
    versions();
    text_protocol();
    handles();
    run_block();
}
