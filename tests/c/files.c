/* Saving and loading, and files that are not what they should be. */
#include "check.h"

static char *slurp(const char *path, long *size)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        exit(1);
    fseek(f, 0, SEEK_END);
    *size = ftell(f);
    rewind(f);
    char *bytes = malloc((size_t)*size);
    CHECK(fread(bytes, 1, (size_t)*size, f) == (size_t)*size);
    fclose(f);
    return bytes;
}

static void spit(const char *path, const char *bytes, long size)
{
    FILE *f = fopen(path, "wb");
    if (f == NULL)
        exit(1);
    CHECK(fwrite(bytes, 1, (size_t)size, f) == (size_t)size);
    fclose(f);
}

static void refused(const char *path, const char *bytes, long size, const char *fragment)
{
    lithe_run run = fresh_run();
    lithe_handle model = 0;
    spit(path, bytes, size);
    CHECK_STATUS(&run, lithe_mixture_load(path, &run, &model), LITHE_EFILE, fragment);
    CHECK(model == 0);
}

void test_files(void)
{
    char path[512], bad[512];
    temporary_path(path, sizeof path, "lithe_test_model.lithe");
    temporary_path(bad, sizeof bad, "lithe_test_bad.lithe");
    blobs b = make_blobs(120);
    lithe_matrix x = doubles(b.x, b.n, FEATURES);
    lithe_run run = fresh_run();
    lithe_handle model = fit_blobs(&b), loaded = 0;

    CHECK_STATUS(&run, lithe_mixture_save(model, path, &run), LITHE_OK, NULL);
    CHECK_STATUS(&run, lithe_mixture_save(model, path, &run), LITHE_OK, NULL);
    CHECK_STATUS(&run, lithe_mixture_load(path, &run, &loaded), LITHE_OK, NULL);
    CHECK(loaded != 0 && loaded != model);
    double before[120], after[120];
    CHECK_STATUS(&run, lithe_mixture_score_samples(model, &x, before, &run), LITHE_OK, NULL);
    CHECK_STATUS(&run, lithe_mixture_score_samples(loaded, &x, after, &run), LITHE_OK, NULL);
    CHECK(memcmp(before, after, sizeof before) == 0);
    char info[2][4096];
    CHECK_STATUS(&run, lithe_mixture_info(model, info[0], sizeof info[0], NULL, &run), LITHE_OK, NULL);
    CHECK_STATUS(&run, lithe_mixture_info(loaded, info[1], sizeof info[1], NULL, &run), LITHE_OK, NULL);
    CHECK(strcmp(info[0], info[1]) == 0);
    CHECK(lithe_free(loaded) == LITHE_OK);

    long size;
    char *bytes = slurp(path, &size);
    CHECK(memcmp(bytes, "\x89LITHE\r\n", 8) == 0);
    for (long n = 0; n < size; n += n < 20 ? 1 : 97)
        refused(bad, bytes, n, NULL);
    for (long i = 0; i < size; i += 53) {
        bytes[i] ^= 0x20;
        refused(bad, bytes, size, NULL);
        bytes[i] ^= 0x20;
    }
    bytes[size - 100] ^= 1;
    refused(bad, bytes, size, "corrupted");
    bytes[size - 100] ^= 1;
    bytes[8] = 9;
    refused(bad, bytes, size, "format version 9");
    bytes[8] = 1;
    refused(bad, "PK\3\4 is how an archive begins, not a model", 41, "not a lithe model file");
    free(bytes);

    CHECK_STATUS(&run, lithe_mixture_load(NULL, &run, &loaded), LITHE_EINVAL, "path must not be NULL");
    CHECK_STATUS(&run, lithe_mixture_load(path, &run, NULL), LITHE_EINVAL, "model must not be NULL");
    CHECK_STATUS(&run, lithe_mixture_load("/nonexistent/model.lithe", &run, &loaded), LITHE_EFILE, "no such file");
    CHECK_STATUS(&run, lithe_mixture_load("/", &run, &loaded), LITHE_EFILE, "not a regular file");
    CHECK_STATUS(&run, lithe_mixture_save(model, NULL, &run), LITHE_EINVAL, "path must not be NULL");
    CHECK_STATUS(&run, lithe_mixture_save(model, "/nonexistent/model.lithe", &run), LITHE_EFILE, "cannot write");
    CHECK_STATUS(&run, lithe_mixture_save(model, "/dev/null", &run), LITHE_EFILE, "not a regular file");
    CHECK_STATUS(&run, lithe_mixture_save(0, path, &run), LITHE_EHANDLE, NULL);

    CHECK(lithe_free(model) == LITHE_OK);
    CHECK(remove(path) == 0);
    CHECK(remove(bad) == 0);
    free_blobs(&b);
}
