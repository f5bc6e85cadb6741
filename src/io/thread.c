#define _GNU_SOURCE
#include "io/thread.h"

#include "base/alloc.h"
#include "base/err.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>

struct zv_thread {
    pthread_t id;
    void (*run_fn)(void *arg);
    void *arg;
    char name[16];
};

static void *run(void *arg)
{
    struct zv_thread *thread = arg;
    (void)pthread_setname_np(pthread_self(), thread->name);
    thread->run_fn(thread->arg);
    return NULL;
}

int zv_thread_start(struct zv_thread **ret_thread, const char *name, void (*run_fn)(void *arg),
                    void *arg)
{
    sigset_t all, before;
    struct zv_thread *thread = zv_zalloc(sizeof(*thread));
    if (!thread)
        return ZV_E_NOMEM;
    thread->run_fn = run_fn;
    thread->arg = arg;
    memcpy(thread->name, name, strnlen(name, sizeof(thread->name) - 1));
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* inherited by the new thread */
    int failed = pthread_create(&thread->id, NULL, run, thread);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed) {
        zv_free(thread);
        return ZV_E_IO;
    }
    *ret_thread = thread;
    return 0;
}

struct zv_thread *zv_thread_join(struct zv_thread *thread)
{
    if (!thread)
        return NULL;
    pthread_join(thread->id, NULL);
    return zv_free(thread);
}
