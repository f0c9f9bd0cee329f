/* Several threads of the caller: cancelling, watching, fitting at once, freeing under the feet of a call. */
#include "check.h"

#include <time.h>

static void pause_ms(long ms)
{
    struct timespec t = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&t, NULL);
}

typedef struct endless {
    lithe_matrix x;
    lithe_run run;
    lithe_handle model;
    int32_t status;
} endless;

static void *fit_forever(void *argument)
{
    endless *e = argument;
    e->status = lithe_mixture_fit(&e->x, NULL, NULL,
                                  "{\"n_components\": 20, \"covariance_type\": \"diag\", \"tol\": -1, \"max_iter\": 1000000000}", &e->run, &e->model);
    return NULL;
}

static void cancel_from_another_thread(const blobs *b)
{
    endless e = {doubles(b->x, b->n, FEATURES), fresh_run(), 0, -1};
    pthread_t worker;
    CHECK(pthread_create(&worker, NULL, fit_forever, &e) == 0);
    /* Wait for a few iterations to be reported, so that the call is certainly under way. */
    int64_t seen = 0;
    for (int i = 0; i < 6000 && seen < 3; i++) {
        seen = __atomic_load_n(&e.run.iteration, __ATOMIC_SEQ_CST);
        pause_ms(5);
    }
    CHECK(seen >= 3);
    CHECK(__atomic_load_n(&e.run.max_iterations, __ATOMIC_SEQ_CST) > 0);
    __atomic_store_n(&e.run.cancel, 1, __ATOMIC_SEQ_CST);
    CHECK(pthread_join(worker, NULL) == 0);
    CHECK(e.status == LITHE_ECANCELLED && e.run.status == LITHE_ECANCELLED);
    CHECK(e.model == 0);
    CHECK(strstr(e.run.message, "cancelled") != NULL);
}

typedef struct job {
    const blobs *b;
    int64_t count;
    double means[BLOBS * FEATURES];
} job;

static void *fit_and_read(void *argument)
{
    job *j = argument;
    lithe_run run = fresh_run();
    lithe_matrix x = doubles(j->b->x, j->count, FEATURES), out = doubles(j->means, BLOBS, FEATURES);
    lithe_handle model = 0;
    run.threads = 2;
    CHECK_STATUS(&run, lithe_mixture_fit(&x, NULL, NULL, "{\"n_components\": 3, \"covariance_type\": \"diag\"}", &run, &model), LITHE_OK, NULL);
    CHECK_STATUS(&run, lithe_mixture_get(model, "means", &out, &run), LITHE_OK, NULL);
    CHECK(lithe_free(model) == LITHE_OK);
    return NULL;
}

static void fits_at_once_are_independent(const blobs *b)
{
    enum { THREADS = 6 };
    static job jobs[THREADS], alone;
    pthread_t workers[THREADS];
    for (int i = 0; i < THREADS; i++) {
        jobs[i].b = b;
        jobs[i].count = b->n - 30 * (i % 2);
        CHECK(pthread_create(&workers[i], NULL, fit_and_read, &jobs[i]) == 0);
    }
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_join(workers[i], NULL) == 0);
    alone.b = b;
    for (int i = 0; i < THREADS; i++) {
        alone.count = jobs[i].count;
        fit_and_read(&alone);
        CHECK(memcmp(alone.means, jobs[i].means, sizeof alone.means) == 0);
    }
}

typedef struct reader {
    const blobs *b;
    lithe_handle model;
    int32_t last;
    int64_t calls;
} reader;

static void *read_until_closed(void *argument)
{
    reader *r = argument;
    lithe_matrix x = doubles(r->b->x, r->b->n, FEATURES);
    double *scores = malloc((size_t)r->b->n * sizeof *scores);
    do {
        r->last = lithe_mixture_score_samples(r->model, &x, scores, NULL);
        __atomic_add_fetch(&r->calls, 1, __ATOMIC_SEQ_CST);
    } while (r->last == LITHE_OK);
    free(scores);
    return NULL;
}

static void freed_while_in_use(const blobs *b)
{
    enum { THREADS = 4 };
    reader readers[THREADS];
    pthread_t workers[THREADS];
    lithe_handle model = fit_blobs(b);
    for (int i = 0; i < THREADS; i++) {
        reader r = {b, model, -1, 0};
        readers[i] = r;
        CHECK(pthread_create(&workers[i], NULL, read_until_closed, &readers[i]) == 0);
    }
    for (int i = 0; i < THREADS; i++)
        while (__atomic_load_n(&readers[i].calls, __ATOMIC_SEQ_CST) < 2)
            pause_ms(1);
    CHECK(lithe_free(model) == LITHE_OK);
    for (int i = 0; i < THREADS; i++) {
        CHECK(pthread_join(workers[i], NULL) == 0);
        CHECK(readers[i].last == LITHE_EHANDLE);
    }
}

void test_threads(void)
{
    blobs b = make_blobs(3000);
    cancel_from_another_thread(&b);
    fits_at_once_are_independent(&b);
    freed_while_in_use(&b);
    free_blobs(&b);
}
